/* SPDX-License-Identifier: MIT */
/*
 * Question: can each level be pinned and unpinned, and does the type last exactly as long as it
 * must?
 *
 * Expected: L1, L2 and L3 pin once they are mapped read-only and not before; a second pin of the
 * same table and an unpin of one that is not pinned fail; a table pinned as one level is not
 * pinned as another; while pinned, or while a pinned table points to it, a page cannot be
 * written; the last put makes it plain memory again whatever the order.
 */
#include "guest.h"
#include "mm.h"

static int writable(void *page)
{
	long ret = page_remap(page, PTE_RW);

	if (!ret)
		page_readonly(page);
	return !ret;
}

static void single(void)
{
	uint64_t *t = page_alloc();
	xen_pfn_t mfn = virt_to_mfn(t);

	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0, "pinned while mapped writable");
	page_readonly(t);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, mfn), 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn) < 0, "pinned twice");
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, mfn) < 0, "an L1 pinned as L2");
	CHECK(mmuext(MMUEXT_PIN_L3_TABLE, mfn) < 0, "an L1 pinned as L3");
	EXPECT(writable(t), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	CHECK(mmuext(MMUEXT_UNPIN_TABLE, mfn) < 0, "unpinned twice");
	EXPECT(writable(t), 1);
	/* Empty, so it may become any other level now. */
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, mfn), 0);
	EXPECT(writable(t), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, mfn), 0);
	CHECK(mmuext(MMUEXT_UNPIN_TABLE, 0x7fffff) < 0, "a frame that does not exist");
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, 0x7fffff) < 0, "a frame that does not exist");
}

static void chain(void)
{
	uint64_t *l1 = page_alloc(), *l2 = page_alloc();
	char *data = page_alloc();

	l1[0] = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;
	l2[0] = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS;
	page_readonly(l2);
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)) < 0, "its L1 is mapped writable");
	page_readonly(l1);
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)), 0);
	EXPECT(writable(l1), 0);
	EXPECT(writable(l2), 0);
	/* data is a writable page now and so cannot be a table. */
	page_readonly(data);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(data)) < 0,
	      "a page mapped writable elsewhere");
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2)), 0);
	EXPECT(writable(l2), 1);
	EXPECT(writable(l1), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l1)), 0);
	EXPECT(writable(l1), 1);
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(data)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(data)), 0);
}

static void whole(void)
{
	struct tables t;

	tables_make(&t);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	for (int i = 0; i < 4; i++)
		EXPECT(writable(t.l2[i]), 0);
	EXPECT(writable(t.l3), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);
	/* Still in CR3, so still a table. */
	EXPECT(writable(t.l3), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	EXPECT(writable(t.l3), 1);
	for (int i = 0; i < 4; i++)
		EXPECT(writable(t.l2[i]), 1);
}

void test_main(void)
{
	single();
	chain();
	whole();
}
