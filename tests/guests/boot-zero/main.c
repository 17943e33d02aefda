/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel loaded at virtual 0 start, although its own part of the address space
 * has nothing in the fourth gigabyte?
 *
 * Expected: it runs below 16 MiB, and L3[3] names a table (the top L2) that the builder supplied.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	CHECK((unsigned long)test_main < 0x1000000, "%p", test_main);
	CHECK(l3_table[0] & PTE_P, "L3[0] is %llx", l3_table[0]);
	CHECK(l3_table[3] & PTE_P, "L3[3] is %llx", l3_table[3]);
	EXPECT(*(volatile xen_pfn_t *)(m2p_range.v_start + 4 * p2m[1]), 1);
}
