/* SPDX-License-Identifier: MIT */
/*
 * Question: a trap from ring 3 with a ring-1 stack that stack_switch() put into the hole?
 *
 * Expected: stack_switch refuses the address, or the trap kills the domain. (Refused: the guest
 * then points it at nothing, which nobody can refuse, and dies of that.)
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(fault, "ud2");

void test_main(void)
{
	user_load(&fault);
	note("into the hole: %ld", ringone_stack_switch(FLAT_KERNEL_SS, m2p_range.v_end + 0x2000));
	note("to nowhere: %ld", ringone_stack_switch(FLAT_KERNEL_SS, 0x40001000));
	note("expecting death: trap from ring 3 on a bad stack");
	user_run(&fault);
	guest_fail("alive");
}
