/* SPDX-License-Identifier: MIT */
/*
 * Question: is the list of page frames where a kernel wants it (ELF note INIT_P2M)?
 *
 * Expected: mfn_list is the address of the note, the whole list is mapped there and writable,
 * agrees with the M2P, and the frames that hold it and its page tables are named by
 * first_p2m_pfn and nr_p2m_frames, behind the boot region; its page tables cannot be mapped
 * writable.  Nearly all of the memory, and the list in the midst of it, is one row of frames.
 */
#include "guest.h"
#include "mm.h"

#define WANTED 0x90000000

asm(".pushsection .note.Xen, \"a\", @note\n"
    ".long 4, 4, 15\n" /* XEN_ELFNOTE_INIT_P2M */
    ".asciz \"Xen\"\n"
    ".long 0x90000000\n"
    ".popsection");

void test_main(void)
{
	const xen_pfn_t *m2p = (const xen_pfn_t *)m2p_range.v_start;
	xen_pfn_t *list = (xen_pfn_t *)WANTED;
	unsigned int list_pages = (start_info->nr_pages * 4 + PAGE_SIZE - 1) / PAGE_SIZE;
	unsigned int first = start_info->first_p2m_pfn, nr = start_info->nr_p2m_frames;
	unsigned int row = 1, longest = 0;

	EXPECT(start_info->mfn_list, WANTED);
	note("%u pages of list in frames %x to %x", list_pages, first, first + nr - 1);
	for (unsigned int pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (m2p[list[pfn]] != pfn) {
			guest_fail("pfn %x has mfn %x, whose M2P entry is %x", pfn,
				   (unsigned int)list[pfn], (unsigned int)m2p[list[pfn]]);
			break;
		}
	for (unsigned int pfn = 1; pfn < start_info->nr_pages; pfn++) {
		row = list[pfn] == list[pfn - 1] + 1 ? row + 1 : 1;
		longest = row > longest ? row : longest;
	}
	CHECK(longest > start_info->nr_pages / 10 * 9, "a row of %u frames", longest);
	EXPECT(probe(*(volatile xen_pfn_t *)list = list[0]), NO_FAULT);
	/* The list, and at least an L1 and an L2 for it: nothing else lies at 2.25 GiB. */
	CHECK(nr >= list_pages + 2, "%u frames", nr);
	CHECK(first + nr <= start_info->nr_pages, "%u + %u", first, nr);
	CHECK(first * PAGE_SIZE >=
		      start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE - 0xc0000000,
	      "the list lies inside the boot region");
	EXPECT_FAULT(PF, *(volatile int *)(WANTED + list_pages * PAGE_SIZE));

	/* Borrow a page of ours as a window on the last of those frames: a table, so read-only. */
	void *window = page_alloc();
	uint64_t table = (uint64_t)list[first + nr - 1] << 12;

	CHECK(ringone_update_va_mapping((uint32_t)window, table | PTE_RW, UVMF_INVLPG) < 0,
	      "a page table of the list is writable");
	EXPECT(ringone_update_va_mapping((uint32_t)window, table | PTE_RO, UVMF_INVLPG), 0);
}
