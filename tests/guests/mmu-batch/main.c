/* SPDX-License-Identifier: MIT */
/*
 * Question: does each element of a batch stand for itself, whatever came before it?
 *
 * Expected: an element in frame 0, whose address looks like "no table", is refused as the first of
 * a batch, and behind elements of other kinds, and writes nowhere: not to the guest's own page at
 * address 0, not relative to the table that an earlier element changed. Elements that differ from
 * the last one in their command, in their upper half or by a few bytes are judged anew. The count
 * of those done is exact, also of a batch longer than the address space. Two tables taken in turn,
 * whose frame numbers are equal in their low bits, are not mixed up.
 */
#include "guest.h"
#include "mm.h"

#define PATTERN 0x5a5a5a5au

static uint32_t *low_page;

static void untouched(const char *what)
{
	for (unsigned int i = 0; i < PAGE_SIZE / 4; i++)
		if (low_page[i] != PATTERN) {
			guest_fail("%s: %x stands at address %x", what, low_page[i], i * 4);
			low_page[i] = PATTERN;
		}
}

static void batch(mmu_update_t *u, unsigned int n, unsigned int done, const char *what)
{
	unsigned int did = 77;
	long ret = ringone_mmu_update(u, n, &did, DOMID_SELF);

	CHECK(ret < 0 && did == done, "%s: %ld, %u done", what, ret, did);
	untouched(what);
}

/* The first pair of these pages that a cache of up to 64 places would put into the same one. */
static int find_rivals(char *pages, unsigned int n, uint64_t **a, uint64_t **b)
{
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = i + 1; j < n; j++) {
			*a = (uint64_t *)(pages + i * PAGE_SIZE);
			*b = (uint64_t *)(pages + j * PAGE_SIZE);
			if (!((virt_to_mfn(*a) ^ virt_to_mfn(*b)) & 63))
				return 1;
		}
	return 0;
}

static void rivals(void)
{
	char *pages = page_alloc_n(130), *data = page_alloc();
	uint64_t entry = (uint64_t)virt_to_mfn(data) * PAGE_SIZE | PTE_RO, *a = NULL, *b = NULL;
	unsigned int did = 0;

	CHECK(find_rivals(pages, 130, &a, &b), "no two of 130 frames are alike");
	page_readonly(a);
	page_readonly(b);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(a)), 0);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(b)), 0);
	mmu_update_t u[3] = { { virt_to_machine(&a[0]), entry },
			      { virt_to_machine(&b[1]) | MMU_PT_UPDATE_PRESERVE_AD, entry },
			      { virt_to_machine(&a[2]), entry } };

	EXPECT(ringone_mmu_update(u, 3, &did, DOMID_SELF), 0);
	EXPECT(did, 3);
	EXPECT(a[0] & PTE_P, PTE_P);
	EXPECT(b[1] & PTE_P, PTE_P);
	EXPECT(a[2] & PTE_P, PTE_P);
	EXPECT(b[2], 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(a)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(b)), 0);
}

void test_main(void)
{
	uint64_t *page = page_alloc(), *l1 = l1_entry((unsigned long)page), before = *l1;
	uint64_t ma = virt_to_machine(l1), *l2 = l2_entry((unsigned long)page);
	const mmu_update_t good = { ma, before };

	low_page = page_alloc();
	for (unsigned int i = 0; i < PAGE_SIZE / 4; i++)
		low_page[i] = PATTERN;
	map_page(0, virt_to_mfn(low_page), PTE_RW | PTE_U);
	for (unsigned int low = 0; low < PAGE_SIZE; low += low < 16 ? 1 : 0xff) {
		mmu_update_t first[2] = { { low, before | PTE_AVAIL }, good };
		mmu_update_t second[3] = { good, { low, before | PTE_AVAIL }, good };
		/* An L2 entry, as it is, and a write to the M2P: what makes a table be forgotten. */
		mmu_update_t third[4] = {
			good, { virt_to_machine(l2), *l2 }, { low, before | PTE_AVAIL }, good
		};

		batch(first, 2, 0, "the first");
		batch(second, 3, 1, "behind an L1 entry");
		batch(third, 4, 2, "behind an L2 entry");
		EXPECT(*l1, before);
	}
	/* The same table with other upper halves, and unaligned. */
	for (unsigned int bit = 32; bit < 64; bit++) {
		mmu_update_t u[2] = { good, { ma | 1ull << bit, before ^ PTE_AVAIL } };

		if (ma >> bit & 1)
			continue;
		batch(u, 2, 1, "another upper half");
		EXPECT(*l1, before);
	}
	mmu_update_t odd[2] = { good, { ma + 4, before ^ PTE_AVAIL } };

	batch(odd, 2, 1, "between two entries");
	EXPECT(*l1, before);
	/* And one that keeps A and D, behind one that does not. */
	mmu_update_t keep[2] = { { ma, before | PTE_A | PTE_D },
				 { ma | MMU_PT_UPDATE_PRESERVE_AD, before & ~(PTE_A | PTE_D) } };
	unsigned int did = 0;

	EXPECT(ringone_mmu_update(keep, 2, &did, DOMID_SELF), 0);
	EXPECT(did, 2);
	EXPECT(*l1 & (PTE_A | PTE_D), PTE_A | PTE_D);

	/* The bytes of this many elements are a multiple of 2^32. */
	CHECK(ringone_mmu_update((void *)hole_start, 0x10000000, &did, DOMID_SELF) < 0 && !did,
	      "a list without end, in the hole: %u done", did);
	rivals();
}
