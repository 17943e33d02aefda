/* SPDX-License-Identifier: MIT */
/*
 * Question: a trap with the kernel stack pointing into the hypervisor?
 *
 * Expected: nothing is written there; the domain dies with a report, the hypervisor lives.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	note("expecting death: trap with the stack in the hole");
	asm volatile("movl %0, %%esp; ud2" : : "r"(m2p_range.v_end + 0x2000));
	guest_fail("alive");
}
