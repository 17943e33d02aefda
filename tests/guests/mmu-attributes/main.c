/* SPDX-License-Identifier: MIT */
/*
 * Question: can a guest give its memory a cache attribute that breaks coherency (XSA-402), or
 * set global or reserved bits that outlive its address space?
 *
 * Expected: for ordinary RAM every combination of PAT, PCD and PWT is either refused or stored
 * so that the guest can read it back; the hypervisor survives all eight with the page written
 * through them, and the page's contents are what was written. NX is accepted where the
 * processor has it.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	uint32_t *page = page_alloc(), *alias = page_alloc();
	uint64_t mfn = (uint64_t)virt_to_mfn(page) << 12;
	uint64_t *e = l1_entry((unsigned long)alias);

	for (unsigned int i = 0; i < 8; i++) {
		uint64_t flags = PTE_RW | (i & 1 ? PTE_PWT : 0) | (i & 2 ? PTE_PCD : 0) |
				 (i & 4 ? PTE_PAT : 0);
		long ret = mmu_write(e, mfn | flags);

		note("PAT %u PCD %u PWT %u: %ld", i >> 2, i >> 1 & 1, i & 1, ret);
		/* Ringone: RAM is cached. */
		CHECK(!on_ringone || !i == !ret, "attributes %u: %ld", i, ret);
		if (ret)
			continue;
		EXPECT(*e & (PTE_PWT | PTE_PCD | PTE_PAT), flags & (PTE_PWT | PTE_PCD | PTE_PAT));
		mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)alias, 0);
		*(volatile uint32_t *)alias = i + 100;
		EXPECT(*(volatile uint32_t *)page, i + 100);
	}
	EXPECT(mmu_write(e, (uint64_t)virt_to_mfn(alias) << 12 | PTE_RW), 0);
	/* Plain write-back must always be possible. */
	EXPECT(mmu_write(e, mfn | PTE_RW), 0);
	note("G: %ld", mmu_write(e, mfn | PTE_RW | PTE_G));
	note("NX: %ld", mmu_write(e, mfn | PTE_RW | PTE_NX));
	mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)alias, 0);
	EXPECT(*(volatile uint32_t *)alias, *(volatile uint32_t *)page);
}
