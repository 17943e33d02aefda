/* SPDX-License-Identifier: MIT */
/*
 * Question: does anybody, hypervisor included, still see an old mapping after an edit?
 *
 * Expected: after an edit with a flush the guest sees the new page; a hypercall that reads
 * through the same address sees the new page as well; after an L2 slot of the tables in use is
 * emptied and its L1 goes another way, the freed table cannot be reached through stale entries;
 * an L3 slot of the tables in use takes effect without NEW_BASEPTR (XSA-286).
 */
#include "guest.h"
#include "mm.h"

#define VA 0x40000000ul

static unsigned int hypervisor_reads(unsigned long va)
{
	struct xen_feature_info *fi = (void *)va;

	/* The index is read through the address and, at 0, an answer written behind it. */
	fi->submap_idx = 0;
	return ringone_xen_version(XENVER_get_features, fi);
}

static void l1_level(void)
{
	uint32_t *a = page_alloc(), *b = page_alloc();

	for (int i = 0; i < 100; i++) {
		uint32_t *to = i & 1 ? b : a, *from = i & 1 ? a : b;

		map_page(VA, virt_to_mfn(to), PTE_RW);
		from[1] = to[1] = 0;
		EXPECT(hypervisor_reads(VA), 0);
		EXPECT(from[1], 0);
		CHECK(to[1], "round %d: the hypervisor wrote elsewhere", i);
	}
}

static void upper_levels(void)
{
	uint64_t *l1 = page_alloc(), *l2 = page_alloc();
	uint32_t *data = page_alloc();
	uint64_t *slot = l2_entry(VA), old = *slot;

	data[0] = 4711;
	*(volatile uint32_t *)VA = 1234;
	l1[0] = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;
	page_readonly(l1);
	EXPECT(mmu_write(slot, (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS), 0);
	EXPECT(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	EXPECT(*(volatile uint32_t *)VA, 4711);
	EXPECT(mmu_write(slot, old), 0);
	EXPECT(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	page_writable(l1);
	l1[0] = (uint64_t)virt_to_mfn(l3_table) << 12 | PTE_RW;
	EXPECT(*(volatile uint32_t *)VA, 1234);
	l1[0] = 0;

	page_readonly(l2);
	uint64_t l3_old = l3_table[1];

	EXPECT(mmu_write(&l3_table[1], (uint64_t)virt_to_mfn(l2) << 12 | L3_FLAGS), 0);
	EXPECT_FAULT(PF, *(volatile uint32_t *)VA);
	EXPECT(mmu_write(&l3_table[1], l3_old), 0);
	EXPECT(probe(*(volatile uint32_t *)VA), NO_FAULT);
	page_writable(l2);
}

/* Another address space, in which VA is another page, and back: nothing of either is seen in the other. */
static void another_space(void)
{
	uint32_t *here = page_alloc(), *there = page_alloc();
	uint64_t *l1 = page_alloc();
	struct tables t;

	here[0] = 0x4e3e;
	there[0] = 0x73e3e;
	map_page(VA, virt_to_mfn(here), PTE_RW);
	tables_make(&t);
	l1[VA >> 12 & 511] = (uint64_t)virt_to_mfn(there) << 12 | PTE_RW;
	page_readonly(l1);
	page_writable(t.l2[1]);
	t.l2[1][VA >> 21 & 511] = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS;
	page_readonly(t.l2[1]);
	for (int i = 0; i < 3; i++) {
		EXPECT(*(volatile uint32_t *)VA, 0x4e3e);
		EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
		EXPECT(*(volatile uint32_t *)VA, 0x73e3e);
		EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	}
}

void test_main(void)
{
	l1_level();
	upper_levels();
	another_space();
}
