/* SPDX-License-Identifier: MIT */
/*
 * Question: when validation fails in the middle of a table, is everything it counted undone?
 *
 * Expected: pinning a table whose entry N is bad fails for every N tried, and afterwards no page
 * that stood before N has kept a reference: all can be written, become tables and be given back.
 */
#include "guest.h"
#include "mm.h"

static int plain(void *page)
{
	if (page_remap(page, PTE_RW))
		return 0;
	*(volatile uint32_t *)page = 0;
	page_readonly(page);
	long ret = mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page));

	if (!ret)
		mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page));
	page_writable(page);
	return !ret;
}

void test_main(void)
{
	static const unsigned int at[] = { 0, 1, 7, 255, 510, 511 };
	uint64_t *l1 = page_alloc(), *l2 = page_alloc();
	char *data = page_alloc();

	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		page_writable(l1);
		for (unsigned int k = 0; k < 512; k++)
			l1[k] = (uint64_t)virt_to_mfn(data) << 12 | PTE_RW;
		l1[at[i]] = BAD_PTE;
		page_readonly(l1);
		page_readonly(data);
		CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(l1)) < 0, "bad entry %u", at[i]);
		CHECK(plain(data), "entry %u: the data page kept a reference", at[i]);
		page_writable(l1);
		memset(l1, 0, PAGE_SIZE);
		CHECK(plain(l1), "entry %u: the table kept its type", at[i]);
	}
	/* One level up, where the good entries are tables of their own. */
	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		page_writable(l2);
		page_readonly(l1);
		for (unsigned int k = 0; k < 512; k++)
			l2[k] = (uint64_t)virt_to_mfn(l1) << 12 | TABLE_FLAGS;
		l2[at[i]] = BAD_L2E;
		page_readonly(l2);
		CHECK(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l2)) < 0, "bad L2 entry %u", at[i]);
		CHECK(plain(l1), "L2 entry %u: an L1 kept its type", at[i]);
	}
}
