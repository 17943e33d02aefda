/* SPDX-License-Identifier: MIT */
/*
 * Question: a page-fault handler that is not mapped?
 *
 * Expected: each delivery faults again and the frames run down the stack until it ends; then the
 * domain dies with a report. The hypervisor neither loops nor recurses.
 */
#include "guest.h"

void test_main(void)
{
	static struct trap_info table[2] = { { PF, 0, FLAT_KERNEL_CS, 0x40002000 } };

	ringone_set_trap_table(NULL);
	ringone_set_trap_table(table);
	note("expecting death: #PF whose handler is not mapped");
	*(volatile int *)0x40000000 = 1;
	guest_fail("alive");
}
