/* SPDX-License-Identifier: MIT */
/*
 * Question: which L1 entries are refused?
 *
 * Expected: a writable mapping of an L1, L2 or L3 table, a frame of the hypervisor, a frame that
 * does not exist, any large page, reserved address bits. The table stays as it was, and a
 * refused update leaves no reference behind (the table can still be written once it is free).
 */
#include "guest.h"
#include "mm.h"

static char *page;

static long try(uint64_t mfn, uint64_t flags)
{
	uint64_t *e = l1_entry((unsigned long)page), old = *e;
	long ret = mmu_write(e, mfn << 12 | flags);

	if (ret)
		EXPECT(*e, old);
	return ret;
}

void test_main(void)
{
	uint64_t *l1 = page_alloc();

	page = page_alloc();
	uint64_t *l1_mine = (uint64_t *)((unsigned long)l1_entry((unsigned long)page) & ~0xffful);
	uint64_t *l2_mine = (uint64_t *)((unsigned long)l2_entry((unsigned long)page) & ~0xffful);

	CHECK(try(virt_to_mfn(l1_mine), PTE_RW) < 0, "an L1 in use, writable");
	CHECK(try(virt_to_mfn(l2_mine), PTE_RW) < 0, "an L2 in use, writable");
	CHECK(try(virt_to_mfn(l3_table), PTE_RW) < 0, "the L3 in use, writable");
	EXPECT(try(virt_to_mfn(l1_mine), PTE_RO), 0);
	EXPECT(try(virt_to_mfn(l2_mine), PTE_RO), 0);
	EXPECT(try(virt_to_mfn(l3_table), PTE_RO), 0);

	page_readonly(l1);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)), 0);
	CHECK(try(virt_to_mfn(l1), PTE_RW) < 0, "a pinned L1, writable");
	CHECK(try(virt_to_mfn(l1), PTE_RW | PTE_U) < 0, "a pinned L1, writable for users");
	CHECK(try(virt_to_mfn(l1), PTE_W | PTE_P | PTE_AVAIL) < 0, "with an available bit");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(try(virt_to_mfn(l1), PTE_RW), 0);

	/*
	 * A frame of the hypervisor. (0x100, at 1 MiB, is its image or the BIOS; an initial domain
	 * may map device memory there but never the hypervisor.)
	 */
	if (on_ringone)
		CHECK(try(0x100, PTE_RW) < 0, "the hypervisor's own text");
	if (!(start_info->flags & SIF_INITDOMAIN))
		CHECK(try(0x7fffff, PTE_RW) < 0, "a frame beyond all memory");
	CHECK(try((1ull << 40) - 1, PTE_RW) < 0, "address bits nobody has");
	CHECK(try(virt_to_mfn(page) | 1ull << 34, PTE_RW) < 0, "one of them, on a frame of ours");
	EXPECT(try(virt_to_mfn(page), PTE_RW), 0);
	/* In the name of devices (DOMID_IO) memory cannot be made writable, whoever owns it. */
	page_readonly(page);
	mmu_update_t rw = { virt_to_machine(l1_entry((unsigned long)page)),
			    (uint64_t)virt_to_mfn(page) << 12 | PTE_RW };

	CHECK(ringone_mmu_update(&rw, 1, NULL, DOMID_IO) < 0, "writable in the name of DOMID_IO");
	EXPECT(*l1_entry((unsigned long)page) & PTE_W, 0);
	page_writable(page);
	if (on_ringone) {
		/* Eight bytes that begin in the middle of an entry would be two half-checked ones. */
		uint64_t *e = l1_entry((unsigned long)page), before = *e;

		CHECK(mmu_write_ma(virt_to_machine(e) + 4, before) < 0, "across two entries");
		EXPECT(*e, before);
	}
}
