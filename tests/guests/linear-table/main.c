/* SPDX-License-Identifier: MIT */
/*
 * Question: can a kernel see its own page tables through a recursive slot, and is that all it
 * gets?
 *
 * Expected: an L2 may point to itself read-only (then 0x40000000 shows the L2's targets as
 * pages); through it nothing can be written; two L2s may not point at each other in a circle
 * ("points to" and "is pointed to" exclude each other, XSA-240); everything can be taken apart
 * again. Where the hypervisor does not offer linear tables at all, every attempt is refused.
 */
#include "guest.h"
#include "mm.h"

static uint64_t entry(void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

#define LINEAR (PTE_P | PTE_A | PTE_U)

void test_main(void)
{
	uint64_t *l2 = page_alloc(), *l1 = page_alloc(), *a = page_alloc(), *b = page_alloc();
	char *data = page_alloc();

	data[1] = 11;
	l1[5] = (uint64_t)virt_to_mfn(data) << 12 | PTE_RO;
	page_readonly(l1);
	page_readonly(l2);
	EXPECT(mmu_write(&l3_table[1], entry(l2, L3_FLAGS)), 0);
	EXPECT(mmu_write(&l2[4], entry(l1, TABLE_FLAGS)), 0);
	CHECK(mmu_write(&l2[7], entry(l2, LINEAR | PTE_W)) < 0, "a writable recursive slot");
	long ret = mmu_write(&l2[7], entry(l2, LINEAR));

	note("recursive slot: %ld", ret);
	if (!ret) {
		/* Slot 7 of an L2 for 0x40000000: the L1s of that gigabyte as pages. */
		uint64_t *seen = (uint64_t *)(0x40000000 + 7 * 0x200000 + 4 * PAGE_SIZE);

		EXPECT(seen[5], l1[5]);
		/* The L2 itself: stored to as ever (wpt-l2), so only as far as it is allowed. */
		EXPECT_FAULT(PF, *(volatile uint32_t *)(0x40000000 + 7 * 0x200000 + 7 * PAGE_SIZE) =
					 (uint32_t)BAD_L2E);
		/* update_va_mapping edits L1 tables; what it finds here is an L2. */
		uint64_t before = l2[4];

		CHECK(ringone_update_va_mapping((unsigned long)seen, 0, UVMF_INVLPG) < 0 ||
			      !on_ringone,
		      "update_va_mapping through a recursive slot");
		if (l2[4] != before)
			note("it changed the L2");
		EXPECT(!on_ringone || l2[4] == before, 1);
		EXPECT(mmu_write(&l2[4], entry(l1, TABLE_FLAGS)), 0);
		EXPECT(mmu_write(&l2[7], 0), 0);
	}
	/* A circle of two. */
	page_readonly(a);
	page_readonly(b);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(a)), 0);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(b)), 0);
	long ab = mmu_write(&a[0], entry(b, LINEAR));
	long ba = mmu_write(&b[0], entry(a, LINEAR));

	note("a to b: %ld, then b to a: %ld", ab, ba);
	CHECK(ab < 0 || ba < 0, "two tables point at each other");
	mmu_write(&a[0], 0);
	mmu_write(&b[0], 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(a)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(b)), 0);
	page_writable(a);
	page_writable(b);
	EXPECT(mmu_write(&l3_table[1], 0), 0);
	page_writable(l2);
	page_writable(l1);
}
