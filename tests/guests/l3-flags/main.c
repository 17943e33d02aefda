/* SPDX-License-Identifier: MIT */
/*
 * Question: may an L3 entry have the bits that entries of other levels have?
 *
 * Expected: RW, US, A, D and the three available bits are taken, alone and together, when a table
 * is pinned and when an entry is changed; they stand in the table as the kernel wrote them, and
 * tables that have them are run from, also after a change of the flags alone. PWT, PCD, "large
 * page", G and NX are refused.
 *
 * Because: a PAE processor has no such bits in an L3 and faults at the load of CR3 when they are
 * set. Kernels that treat all levels alike set them (GRUB's image, GNU Mach): Xen on a 64-bit
 * processor takes them, and what is loaded is a copy without them here.
 */
#include "guest.h"
#include "mm.h"

#define TAKEN (PTE_W | PTE_U | PTE_A | PTE_D | 7 * PTE_AVAIL)

static uint64_t entry(void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

static void pinned_with(uint64_t flags)
{
	static struct tables t;
	static char *data;

	if (!t.l3) {
		tables_make(&t);
		data = page_alloc();
	}
	page_writable(t.l3);
	for (unsigned int i = 0; i < 4; i++)
		t.l3[i] = entry(t.l2[i], PTE_P | flags);
	page_readonly(t.l3);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	EXPECT(t.l3[3], entry(t.l2[3], PTE_P | flags));
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	*(volatile char *)data = 1;
	/* Change the flags of an entry that is in use, then of one that was empty. */
	EXPECT(mmu_write(&t.l3[0], entry(t.l2[0], PTE_P)), 0);
	EXPECT(mmu_write(&t.l3[0], entry(t.l2[0], PTE_P | flags)), 0);
	EXPECT(mmu_write(&t.l3[0], 0), 0);
	EXPECT(mmu_write(&t.l3[0], entry(t.l2[0], PTE_P | flags)), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	*(volatile char *)data = 2;
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);
}

void test_main(void)
{
	static const uint64_t refused[] = { PTE_PWT, PTE_PCD, PTE_PSE, PTE_G, PTE_NX };
	uint64_t *l2 = page_alloc();

	for (unsigned int bit = 1; bit < 12; bit++)
		if (TAKEN & 1u << bit)
			pinned_with(1u << bit);
	pinned_with(TAKEN);
	page_readonly(l2);
	for (unsigned int i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(mmu_write(&l3_table[1], entry(l2, PTE_P | refused[i])) < 0,
		      "flag %llx in an L3 entry", refused[i]);
	EXPECT(l3_table[1], 0);
}
