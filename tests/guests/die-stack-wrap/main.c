/* SPDX-License-Identifier: MIT */
/*
 * Question: a trap whose frame would wrap around address 0 into the last page?
 *
 * Expected: the domain dies with a report, the hypervisor lives and none of its last page is
 * written.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	map_page(0, virt_to_mfn(page_alloc()), PTE_RW);
	note("expecting death: trap with the stack at 4");
	asm volatile("movl $4, %esp; ud2");
	guest_fail("alive");
}
