/* SPDX-License-Identifier: MIT */
/*
 * Question: a program's page fault with the kernel's stack in the hypervisor, on the short way?
 *
 * Expected: nothing is written there; the domain dies with a report, the hypervisor lives.
 *
 * Because: the stack's segment is known to be flat by then, and only its range is still asked for.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(fault, "movl 0x70000000, %eax");

void test_main(void)
{
	user_warm();
	EXPECT(user_run(&fault), PF);
	/* Where the hypervisor keeps its frame table: there a store would not even fault. */
	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, hole_start + 0xc01000), 0);
	note("expecting death: a trap with the stack in the hole");
	user_run(&fault);
	guest_fail("alive");
}
