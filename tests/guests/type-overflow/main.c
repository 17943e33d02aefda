/* SPDX-License-Identifier: MIT */
/*
 * Question: what happens when one frame is mapped writable 2^23 times (PGT_count_mask)?
 *
 * Expected: the table that would overflow the count is refused, and so is one more mapping of any
 * kind; everything else stays right, and the audit agrees.
 *
 * Because: a count that wraps makes a page table out of a frame that is mapped writable.
 */
#include "guest.h"
#include "mm.h"

#define WINDOW 0x50000000ul

void test_main(void)
{
	void *data = page_alloc();
	uint64_t e = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;
	unsigned long pfn, n = 0, bad = 0;
	long r = 0;

	map_page(WINDOW, virt_to_mfn(data), PTE_RW);
	for (pfn = 0x1000; pfn + 64 < start_info->nr_pages && n < 17000; pfn++) {
		xen_pfn_t m = p2m[pfn];

		EXPECT(ringone_update_va_mapping(WINDOW, (uint64_t)m << 12 | PTE_RW, UVMF_INVLPG),
		       0);
		for (unsigned int i = 0; i < 512; i++)
			((volatile uint64_t *)WINDOW)[i] = e;
		EXPECT(ringone_update_va_mapping(WINDOW, 0, UVMF_INVLPG), 0);
		r = mmuext(MMUEXT_PIN_L1_TABLE, m);
		if (r && bad++ > 3)
			break;
		n += !r;
	}
	note("%lu L1 tables pinned (%lu mappings), then %ld", n, n * 512, r);
	CHECK(n * 512 < 1ul << 23, "%lu tables of 512 mappings each", n);
	EXPECT(r, -XEN_EBUSY);
	r = page_remap(data, PTE_RO);
	note("own mapping read-only: %ld", r);
	r = page_remap(data, PTE_RW);
	note("and writable: %ld", r);
	r = page_remap(page_alloc(), PTE_RW);
	EXPECT(r, 0);
	r = mmu_write(l1_entry(WINDOW), e);
	note("one more mapping: %ld", r);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(data)) < 0, "pinned as an L1");
	r = mmu_write(l1_entry(WINDOW), e | PTE_AVAIL);
	note("and another bit there: %ld", r);
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 1, 0, 0, 0, 0), 0);
}
