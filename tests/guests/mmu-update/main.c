/* SPDX-License-Identifier: MIT */
/*
 * Question: does mmu_update do each of its commands, at each level, one element after another?
 *
 * Expected: NORMAL writes what it is told; PRESERVE_AD ors in the accessed and dirty bits that
 * are there; MACHPHYS_UPDATE changes the M2P; L2 and L3 entries can be changed too; a batch stops
 * at the first bad element with the exact count of those done, and those stay done; frame 0 is
 * refused like any other that is not the guest's.
 */
#include "guest.h"
#include "mm.h"

#define WHOLE (~(PTE_A | PTE_D))

static void commands(void)
{
	char *page = page_alloc(), *other = page_alloc();
	uint64_t *e = l1_entry((unsigned long)page), old = *e;
	uint64_t there = (uint64_t)virt_to_mfn(other) * PAGE_SIZE;
	const xen_pfn_t *m2p = (const xen_pfn_t *)m2p_range.v_start;

	other[5] = 55;
	EXPECT(mmu_write(e, there | PTE_RW), 0);
	EXPECT(*e & WHOLE, (there | PTE_RW) & WHOLE);
	EXPECT(mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)page, 0), 0);
	EXPECT(*(volatile char *)&page[5], 55);

	/* A clean, old entry; then touch it; then write it clean again, keeping the bits. */
	EXPECT(mmu_write(e, there | PTE_P | PTE_W), 0);
	mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)page, 0);
	*(volatile char *)page = 1;
	EXPECT(*e & (PTE_A | PTE_D), PTE_A | PTE_D);
	EXPECT(mmu_write_how(e, there | PTE_P, MMU_PT_UPDATE_PRESERVE_AD), 0);
	EXPECT(*e & (PTE_A | PTE_D | PTE_W), PTE_A | PTE_D);
	EXPECT(mmu_write_how(e, there | PTE_P, MMU_NORMAL_PT_UPDATE), 0);
	EXPECT(*e & (PTE_A | PTE_D), 0);

	/* The three bits that are the guest's own. */
	EXPECT(mmu_write(e, there | PTE_RW | 0xe00), 0);
	EXPECT(*e & 0xe00, 0xe00);
	EXPECT(mmu_write(e, 0), 0);
	EXPECT(*e, 0);
	EXPECT(mmu_write(e, old), 0);
	mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)page, 0);

	EXPECT(mmu_write_ma(virt_to_machine(page) | MMU_MACHPHYS_UPDATE, 0x1234), 0);
	EXPECT(m2p[virt_to_mfn(page)], 0x1234);
	EXPECT(mmu_write_ma(virt_to_machine(page) | MMU_MACHPHYS_UPDATE,
			    ((unsigned long)page - GUEST_VIRT_BASE) / PAGE_SIZE),
	       0);
	CHECK(mmu_write_ma((uint64_t)0x7fffff << 12 | MMU_MACHPHYS_UPDATE, 1) < 0, "no such frame");
}

static void levels(void)
{
	uint64_t *l1 = page_alloc(), *l2 = page_alloc();
	char *data = page_alloc();

	data[7] = 77;
	l1[3] = (uint64_t)virt_to_mfn(data) * PAGE_SIZE | PTE_RW;
	page_readonly(l1);
	page_readonly(l2);
	/* An empty L2 into L3[1], an L1 into that, and 0x40203000 is there. */
	EXPECT(mmu_write(&l3_table[1], (uint64_t)virt_to_mfn(l2) * PAGE_SIZE | L3_FLAGS), 0);
	EXPECT(mmu_write(&l2[1], (uint64_t)virt_to_mfn(l1) * PAGE_SIZE | TABLE_FLAGS), 0);
	EXPECT(*(volatile char *)0x40203007, 77);
	EXPECT(mmu_write(&l1[3], 0), 0);
	mmuext_linear(MMUEXT_INVLPG_LOCAL, 0x40203000, 0);
	EXPECT_FAULT(PF, *(volatile char *)0x40203007);
	EXPECT(mmu_write(&l2[1], 0), 0);
	EXPECT(mmu_write(&l3_table[1], 0), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	EXPECT_FAULT(PF, *(volatile char *)0x40203007);
	/* Nothing refers to them any more: they are plain memory again. */
	page_writable(l1);
	page_writable(l2);
}

static void batches(void)
{
	static mmu_update_t u[100];
	char *pages = page_alloc_n(100);
	unsigned int done = 77;
	uint64_t *e;

	for (int i = 0; i < 100; i++) {
		char *p = pages + i * PAGE_SIZE;

		u[i].ptr = virt_to_machine(l1_entry((unsigned long)p));
		u[i].val = (uint64_t)virt_to_mfn(p) * PAGE_SIZE | PTE_RO;
	}
	EXPECT(ringone_mmu_update(u, 100, &done, DOMID_SELF), 0);
	EXPECT(done, 100);
	EXPECT(ringone_mmu_update(u, 0, &done, DOMID_SELF), 0);
	EXPECT(done, 0);
	for (int i = 0; i < 100; i++)
		u[i].val |= PTE_AVAIL;
	u[60].val = BAD_PTE;
	CHECK(ringone_mmu_update(u, 100, &done, DOMID_SELF) < 0, "a bad element passed");
	EXPECT(done, 60);
	e = l1_entry((unsigned long)(pages + 59 * PAGE_SIZE));
	EXPECT(*e & PTE_AVAIL, PTE_AVAIL);
	e = l1_entry((unsigned long)(pages + 61 * PAGE_SIZE));
	EXPECT(*e & PTE_AVAIL, 0);
	CHECK(ringone_mmu_update(u, 1, NULL, 1234) < 0, "a domain that does not exist");

	/* Machine address 0 is no table of ours, whatever shall be done there, and as a first element. */
	for (unsigned int how = 0; how < 8; how++) {
		u[0].ptr = how;
		CHECK(ringone_mmu_update(u, 2, &done, DOMID_SELF) < 0, "frame 0, command %u", how);
		EXPECT(done, 0);
	}
}

void test_main(void)
{
	commands();
	levels();
	batches();
}
