/* SPDX-License-Identifier: MIT */
/*
 * Question: does "mov to CR3" switch address spaces like NEW_BASEPTR does?
 *
 * Expected: with the folded frame number of a valid L3 it does; with nonsense it is #GP or ignored
 * and the old tables stay.
 */
#include "guest.h"
#include "mm.h"

static uint32_t cr3(void)
{
	uint32_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

void test_main(void)
{
	struct tables t;
	uint32_t old = cr3();

	tables_make(&t);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	EXPECT(probe(asm volatile("mov %0, %%cr3"
				  :
				  : "r"(xen_pfn_to_cr3(virt_to_mfn(t.l3))))),
	       NO_FAULT);
	EXPECT(cr3(), xen_pfn_to_cr3(virt_to_mfn(t.l3)));
	unsigned int v = probe(asm volatile("mov %0, %%cr3" : : "r"(0x7ffff000u)));

	note("nonsense: vector %x", v);
	EXPECT(cr3(), xen_pfn_to_cr3(virt_to_mfn(t.l3)));
	EXPECT(probe(asm volatile("mov %0, %%cr3" : : "r"(old))), NO_FAULT);
	EXPECT(cr3(), old);
}
