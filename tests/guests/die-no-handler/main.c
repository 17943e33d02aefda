/* SPDX-License-Identifier: MIT */
/*
 * Question: what becomes of a guest that faults with no handler registered at all?
 *
 * Expected: the domain dies, with a report that names the fault; nothing else does.
 */
#include "guest.h"

void test_main(void)
{
	ringone_set_trap_table(NULL);
	note("expecting death by #UD without a handler");
	asm volatile("ud2");
	guest_fail("alive after ud2");
}
