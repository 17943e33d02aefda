/* SPDX-License-Identifier: MIT */
/*
 * Question: may the top-level table lie anywhere, and is a CR3 read back as the kernel wrote it?
 *
 * Expected: with pae_extended_cr3 (announced by feature or assist) NEW_BASEPTR takes the frame of
 * any L3; a read of CR3 gives that frame in the folded form of xen_pfn_to_cr3(); a frame that is
 * no L3 is refused and the old tables stay.
 */
#include "guest.h"
#include "mm.h"

static uint32_t read_cr3(void)
{
	uint32_t v;

	asm volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

void test_main(void)
{
	struct tables t;
	long ret = ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3);

	note("assist: %ld", ret);
	CHECK(ret == 0 || !on_ringone, "%ld", ret);
	tables_make(&t);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	EXPECT(xen_cr3_to_pfn(read_cr3()), virt_to_mfn(l3_table));
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	EXPECT(xen_cr3_to_pfn(read_cr3()), virt_to_mfn(t.l3));
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l2[0])) < 0, "an L2 as the top");
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(page_alloc())) < 0, "a data page as the top");
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, 0x7fffff) < 0, "a frame that does not exist");
	EXPECT(xen_cr3_to_pfn(read_cr3()), virt_to_mfn(t.l3));
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);
}
