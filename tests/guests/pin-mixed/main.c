/* SPDX-License-Identifier: MIT */
/*
 * Question: can a page be two kinds of thing at once?
 *
 * Expected: an L1 is refused as an L2 entry's neighbour level (an L2 in an L2, an L3 in an L2, an
 * L1 in an L3, a data page mapped writable as any of them); a descriptor page is refused as a
 * page table and the other way round; and all the refused combinations work once the first use
 * is over.
 */
#include "guest.h"
#include "mm.h"

static uint64_t entry(void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

void test_main(void)
{
	uint64_t *l1 = page_alloc(), *l2 = page_alloc(), *up = page_alloc();
	uint64_t *gdt = page_alloc();
	xen_pfn_t frame;
	struct tables t;

	page_readonly(l1);
	page_readonly(l2);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)), 0);

	page_readonly(up);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(up)), 0);
	CHECK(mmu_write(&up[0], entry(l2, TABLE_FLAGS)) < 0, "an L2 where an L1 belongs");
	CHECK(mmu_write(&up[0], entry(l3_table, TABLE_FLAGS)) < 0, "an L3 where an L1 belongs");
	EXPECT(mmu_write(&up[0], entry(l1, TABLE_FLAGS)), 0);
	EXPECT(mmu_write(&up[0], 0), 0);
	CHECK(mmu_write(&l3_table[1], entry(l1, L3_FLAGS)) < 0, "an L1 where an L2 belongs");
	CHECK(mmu_write(&l3_table[1], entry(l3_table, L3_FLAGS)) < 0, "the L3 inside itself");
	EXPECT(mmu_write(&l3_table[1], entry(l2, L3_FLAGS)), 0);
	EXPECT(mmu_write(&l3_table[1], 0), 0);

	tables_make(&t);
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l3_table)) < 0, "the L3 in use as an L2");
	/* A page of descriptors. */
	page_readonly(gdt);
	frame = virt_to_mfn(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, frame) < 0, "a GDT page as an L1");
	CHECK(page_remap(gdt, PTE_RW) < 0, "a GDT page writable");
	frame = virt_to_mfn(l1);
	CHECK(ringone_set_gdt(&frame, 512) < 0, "an L1 as a GDT page");
	EXPECT(ringone_set_gdt(&frame, 0), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(gdt)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(gdt)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(up)), 0);
	frame = virt_to_mfn(l1);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
}
