/* SPDX-License-Identifier: MIT */
/*
 * Question: is a change of flags alone checked as strictly as a new mapping (XSA-182)?
 *
 * Expected: a read-only mapping of a page table cannot become writable by changing flags, by
 * mmu_update, by PRESERVE_AD, by update_va_mapping or by a trapped store; the same with a
 * user bit or an available bit changed along; an L3 entry's flags that would make the top L2
 * reachable twice are refused; harmless bits change.
 */
#include "guest.h"
#include "mm.h"

static void refused(uint64_t *e, uint64_t val, const char *what)
{
	uint64_t old = *e;

	CHECK(mmu_write(e, val) < 0, "%s", what);
	CHECK(mmu_write_how(e, val, MMU_PT_UPDATE_PRESERVE_AD) < 0, "%s, keeping A and D", what);
	EXPECT(*e & ~PTE_A, old & ~PTE_A);
}

void test_main(void)
{
	uint64_t *l1 = page_alloc();
	unsigned long va = (unsigned long)l1;
	uint64_t *e = l1_entry(va);

	page_readonly(l1);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)), 0);
	refused(e, *e | PTE_W, "W on a pinned L1");
	refused(e, *e | PTE_W | PTE_D, "W and D");
	refused(e, *e | PTE_W | PTE_U, "W and U");
	refused(e, (*e | PTE_W | PTE_AVAIL) & ~PTE_A, "W and an available bit");
	CHECK(ringone_update_va_mapping(va, *e | PTE_W, UVMF_INVLPG) < 0, "by update_va_mapping");
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	probe(*(volatile uint64_t *)e = *e | PTE_W);
	EXPECT(*e & PTE_W, 0);
	probe(*(volatile uint32_t *)e = *e | PTE_W);
	EXPECT(*e & PTE_W, 0);

	/* One level up: another frame is no change of flags. */
	map_page(0x40000000, virt_to_mfn(page_alloc()), PTE_RW);
	uint64_t *slot = l2_entry(0x40000000), good = *slot;

	CHECK(mmu_write(slot, (uint64_t)virt_to_mfn(page_alloc()) << 12 | TABLE_FLAGS) < 0,
	      "a page mapped writable in an L2");
	EXPECT(*slot & PTE_ADDRESS, good & PTE_ADDRESS);

	EXPECT(mmu_write(e, *e | PTE_AVAIL), 0);
	EXPECT(mmu_write(e, *e & ~PTE_A), 0);
	EXPECT(mmu_write(e, *e | PTE_U), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(mmu_write(e, *e | PTE_W), 0);
}
