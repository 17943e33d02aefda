/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): ring 1 pushes with ESP in the hole?
 *
 * Expected: #SS from the limit, whose frame has no place on that stack: the domain dies, and
 * nothing of the hypervisor has been written.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	note("expecting death: push into the hole");
	asm volatile("movl %0, %%esp; pushl %0" : : "r"(m2p_range.v_end + 0x2000));
	guest_fail("alive");
}
