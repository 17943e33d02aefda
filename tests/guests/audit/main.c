/* SPDX-License-Identifier: MIT */
/*
 * Question: after a walk through many changes of the page tables, do type and reference counts
 * still agree with what is in the tables?
 *
 * Expected: the audit call, where the hypervisor announces it, finds nothing; before, in the
 * middle and after tables were made, pinned, linked, loaded, unlinked and written again.
 */
#include "guest.h"
#include "mm.h"

static unsigned int errors(const char *when)
{
	long ret = ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0);

	note("%s: audit %ld", when, ret);
	EXPECT(ret, 0);
	return ret != 0;
}

void test_main(void)
{
	struct tables t;
	char *data;
	uint32_t seed = 12345;

	if (!(features & RINGONE_FEATURE_AUDIT))
		guest_skip("this build of the hypervisor has no audit");
	errors("at boot");
	tables_make(&t);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	errors("second L3 pinned");
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	errors("second L3 loaded");
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	data = page_alloc_n(64);
	for (int i = 0; i < 3000; i++) {
		seed = seed * 1103515245 + 12345;
		void *page = data + (seed >> 16) % 64 * PAGE_SIZE;

		/* Whatever is refused is refused; the counts must not care. */
		switch (seed >> 24 & 7) {
		case 0:
			page_remap(page, PTE_RW);
			break;
		case 1:
			page_remap(page, PTE_RO);
			break;
		case 2:
			mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page));
			break;
		case 3:
			mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(page));
			break;
		case 4:
			mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page));
			break;
		case 5:
			mmu_write_ma(virt_to_machine(page) + (seed & 511) * 8,
				     (uint64_t)virt_to_mfn(data + (seed >> 9) % 64 * PAGE_SIZE)
						     << 12 |
					     (seed & 1 ? TABLE_FLAGS : PTE_RO));
			break;
		case 6:
			mmu_write_ma(virt_to_machine(page) + (seed & 511) * 8, 0);
			break;
		default:
			mmu_write(&l3_table[1],
				  seed & 0x100 ? 0 : (uint64_t)virt_to_mfn(page) << 12 | L3_FLAGS);
		}
		if (i % 1000 == 999)
			errors("random walk");
	}
	mmu_write(&l3_table[1], 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);
	errors("at the end");
}
