/* SPDX-License-Identifier: MIT */
/*
 * Question: a trap with the kernel stack on one of the guest's own page tables?
 *
 * Expected: the frame is not written (the table is read-only to the hypervisor's own stores as
 * well, CR0.WP); the domain dies with a report.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	note("expecting death: trap with the stack on a page table");
	asm volatile("movl %0, %%esp; ud2"
		     :
		     : "r"((uint32_t)l1_entry((unsigned long)l3_table) | 0xff8));
	guest_fail("alive");
}
