/* SPDX-License-Identifier: MIT */
/*
 * Question: can a kernel keep its page tables in sight the way the BSDs do, all four gigabytes of
 * entries in an eight-megabyte window?
 *
 * Expected: four slots of the top L2 take the three lower L2s and a copy of the top one (the top
 * itself: linear-top), read-only; the entry of address V then stands at WINDOW + (V >> 12) * 8
 * for each gigabyte, follows the updates of its table, and cannot be written there. A table that
 * is shown this way may not show another (XSA-240). It can all be taken apart again.
 */
#include "guest.h"
#include "mm.h"

#define WINDOW  0xe0000000u
#define VISIBLE (PTE_P | PTE_A | PTE_U)

static uint64_t entry(void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

static volatile uint64_t *seen(uint32_t va)
{
	return (volatile uint64_t *)(WINDOW + (va >> 12) * 8);
}

void test_main(void)
{
	uint64_t *l2[4], *l1 = page_alloc(), *slots;
	char *data = page_alloc();
	long shown = 0;

	slots = l2_entry(WINDOW);
	l1[3] = entry(data, PTE_RO);
	page_readonly(l1);
	for (unsigned int i = 0; i < 4; i++) {
		l2[i] = page_alloc();
		if (i < 3)
			l2[i][0] = entry(l1, TABLE_FLAGS);
		else /* the kernel's own mappings, as far as this test looks at them */
			l2[i][0] = *l2_entry(0xc0000000);
		page_readonly(l2[i]);
	}
	for (unsigned int i = 0; i < 3; i++)
		if (!(l3_table[i] & PTE_P))
			EXPECT(mmu_write(&l3_table[i], entry(l2[i], L3_FLAGS)), 0);
	/* Nothing else makes the copy a table. */
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2[3])), 0);
	for (unsigned int i = 0; i < 4; i++) {
		long rc = mmu_write(&slots[i], entry(l2[i], VISIBLE));

		note("slot %u: %ld", i, rc);
		shown += rc;
	}
	EXPECT(shown, 0);
	for (unsigned int i = 0; i < 3 && !shown; i++) {
		EXPECT(*seen((i << 30) + 0x3000), l1[3]);
		EXPECT(*seen((i << 30) + 0x4000), 0);
		EXPECT_FAULT(PF, *seen((i << 30) + 0x4000) = 1);
	}
	if (!shown) {
		EXPECT(*seen(0xc0000000 + PAGE_SIZE), *l1_entry(0xc0000000 + PAGE_SIZE));
		EXPECT(mmu_write(&l1[4], entry(data, PTE_RO)), 0);
		EXPECT(*seen(0x80004000), l1[4]);
		long chain = mmu_write(&l2[0][9], entry(l2[1], VISIBLE));
		long writable = mmu_write(&slots[0], entry(l2[0], VISIBLE | PTE_W));

		/* Xen 4.17 was seen to take both; what it does with them is its own affair. */
		note("a chain of tables: %ld, a writable slot: %ld", chain, writable);
		CHECK(chain < 0 || !on_ringone, "a chain of tables");
		CHECK(writable < 0 || !on_ringone, "a writable slot");
		mmu_write(&l2[0][9], 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(mmu_write(&slots[i], 0), 0);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(mmu_write(&l3_table[i], 0), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2[3])), 0);
	for (unsigned int i = 0; i < 4; i++)
		page_writable(l2[i]);
	page_writable(l1);
}
