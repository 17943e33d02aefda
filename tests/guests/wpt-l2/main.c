/* SPDX-License-Identifier: MIT */
/*
 * Question: may a kernel store to an L2 of its own as it stores to an L1?
 *
 * Expected: a slot can be copied, halves in the order a compiler gives them, and what it maps is
 * there; a slot that mmu_update would refuse is the kernel's page fault and nothing changed: a large
 * page, a table of another level, a slot of the hypervisor's.
 *
 * Because: GNU Mach copies the slot of its first two megabytes to address 0 when its tables are in
 * use already, by two MOVs, and has never asked for an assist.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	uint64_t *l2 = page_alloc(), *l1 = page_alloc();
	uint32_t *page = page_alloc();
	uint64_t *top = (uint64_t *)((unsigned long)l2_entry(0xc0000000) & ~0xffful);
	volatile uint32_t *slot = (volatile uint32_t *)l2;
	uint64_t e = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS, bad;

	page[1] = 4711;
	l1[2] = (uint64_t)virt_to_mfn(page) << 12 | PTE_RO;
	page_readonly(l1);
	page_readonly(l2);
	EXPECT(mmu_write(&l3_table[1], (uint64_t)virt_to_mfn(l2) << 12 | L3_FLAGS), 0);
	EXPECT(probe(slot[0] = (uint32_t)e), NO_FAULT);
	EXPECT(probe(slot[1] = e >> 32), NO_FAULT);
	EXPECT(l2[0], e);
	EXPECT(*(volatile uint32_t *)(0x40002000 + 4), 4711);
	bad = (uint64_t)virt_to_mfn(page) << 12 | TABLE_FLAGS | PTE_PSE;
	EXPECT_FAULT(PF, slot[0] = (uint32_t)bad);
	bad = (uint64_t)virt_to_mfn(l3_table) << 12 | TABLE_FLAGS;
	EXPECT_FAULT(PF, slot[0] = (uint32_t)bad);
	EXPECT_FAULT(PF, *(volatile uint32_t *)&top[480] = 0);
	EXPECT_FAULT(PF, *(volatile uint32_t *)&top[508] = (uint32_t)e);
	EXPECT(l2[0], e);
	EXPECT(probe(slot[0] = 0), NO_FAULT);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	EXPECT_FAULT(PF, *(volatile uint32_t *)(0x40002000 + 4));
	page_writable(l1); /* nothing holds it any more */
	EXPECT(mmu_write(&l3_table[1], 0), 0);
	page_writable(l2);
}
