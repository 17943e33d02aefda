/* SPDX-License-Identifier: MIT */
/*
 * Question: can a guest map 2 MiB at once and so step around the page types (XSA-148)?
 *
 * Expected: an L2 entry with PSE is refused by mmu_update, whether new, or as a mere change of
 * flags on an entry that is there, and by pinning an L2 that holds one. (An L1 entry's bit 7 is
 * PAT and a different matter.)
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	uint64_t *l2 = page_alloc(), *l1 = page_alloc();
	uint64_t base = (uint64_t)(virt_to_mfn(l1) & ~511u) << 12;

	page_readonly(l1);
	map_page(0x40000000, virt_to_mfn(page_alloc()), PTE_RW);
	uint64_t *slot = l2_entry(0x40000000), old = *slot;

	CHECK(mmu_write(slot + 1, base | PTE_RW | PTE_PSE) < 0, "a new large page");
	EXPECT(slot[1], 0);
	CHECK(mmu_write(slot, old | PTE_PSE) < 0, "PSE added to an entry");
	CHECK(mmu_write(slot, (old & ~PTE_U) | PTE_PSE) < 0, "PSE added, user bit dropped");
	EXPECT(*slot & ~(PTE_A | PTE_D), old & ~(PTE_A | PTE_D));

	l2[0] = base | PTE_RW | PTE_PSE;
	page_readonly(l2);
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)) < 0, "pinned with a large page inside");
	page_writable(l2);
	l2[0] = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS;
	page_readonly(l2);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)), 0);
	CHECK(mmu_write(l2, l2[0] | PTE_PSE) < 0, "PSE added to a pinned table's entry");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2)), 0);
}
