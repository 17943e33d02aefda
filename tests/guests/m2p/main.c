/* SPDX-License-Identifier: MIT */
/*
 * Question: is the M2P there for reading, all of it that is promised, and only for that?
 *
 * Expected: every entry from 0 to max_mfn can be read or at worst faults as a page that has no
 * RAM behind it; the domain's own entries are right; no write succeeds; on Ringone the first
 * pages of the hole are the M2P.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	const volatile xen_pfn_t *m2p = (const volatile xen_pfn_t *)m2p_range.v_start;
	unsigned int seen = 0, faults = 0;

	for (unsigned long mfn = 0;
	     mfn <= m2p_range.max_mfn && (unsigned long)&m2p[mfn] < m2p_range.v_end;
	     mfn += PAGE_SIZE / 4) {
		if (probe(m2p[mfn]) == NO_FAULT)
			seen++;
		else
			faults++;
	}
	note("%u pages of the M2P readable, %u not", seen, faults);
	CHECK(seen, "none");
	for (unsigned int pfn = 0; pfn < start_info->nr_pages; pfn += 77)
		CHECK(m2p[p2m[pfn]] == pfn, "pfn %x", pfn);
	EXPECT_FAULT(PF, *(volatile xen_pfn_t *)&m2p[p2m[0]] = 1);
	EXPECT(trap.error & 7, 3);
	/* Nor a mapping of one's own. */
	char *page = page_alloc();
	uint64_t *l1 = l1_entry(m2p_range.v_start);

	if (l1 && probe(*(volatile uint64_t *)l1) == NO_FAULT && (*l1 & PTE_P))
		CHECK(mmu_write(l1_entry((unsigned long)page), (*l1 & PTE_ADDRESS) | PTE_RW) < 0,
		      "the M2P's frame mapped writable");
	if (on_ringone)
		EXPECT(m2p_range.v_start, hole_start);
}
