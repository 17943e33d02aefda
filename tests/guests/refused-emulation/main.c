/* SPDX-License-Identifier: MIT */
/*
 * Question: what does the log say when an emulated instruction asks for what is refused?
 *
 * Expected: that an instruction was refused, and where it stands; not a hypercall's name, and not
 * "an unknown hypercall", whatever EAX held.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	/* EAX is 1, the number of mmu_update, at first and of nothing then. */
	EXPECT_FAULT(GP, asm volatile("mov %0, %%dr0" : : "r"(0xfffff000), "a"(1)));
	EXPECT_FAULT(GP, asm volatile("mov %0, %%dr0" : : "r"(0xfffff000), "a"(0x5555)));
	EXPECT(ringone_set_debugreg(0, 0xfffff000), -XEN_EPERM);
}
