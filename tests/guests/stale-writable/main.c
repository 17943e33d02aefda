/* SPDX-License-Identifier: MIT */
/*
 * Question: can a frame be written through a stale translation after it became a page table, a
 * descriptor table, or somebody else's?
 *
 * Expected: no. The guest drops its writable mapping without a flush, as it may; the hypervisor
 * flushes when the frame changes its type. The write then faults. And each flush that a guest asks
 * for is one: NEW_BASEPTR with the table in use (alone and in a batch), TLB_FLUSH, INVLPG, and
 * those that come with an update of a mapping.
 *
 * Because: what a guest can still write after it has become a page table is the whole machine
 * (XSA-241, XSA-401), and no check on any call sees it.
 */
#include "guest.h"
#include "mm.h"

static volatile uint32_t *page;

static void cached_then_gone(void)
{
	page = page_alloc();
	page[0] = 0; /* now the translation is cached, writable */
	EXPECT(ringone_update_va_mapping((unsigned long)page, 0, UVMF_NONE), 0);
}

static void must_fault(const char *what)
{
	unsigned int v = probe(page[1] = 0x1007);

	note("write to what is now %s: vector %x", what, v);
	CHECK(v == PF, "%s was written through a stale translation", what);
}

static void update(uint64_t entry, unsigned long how)
{
	EXPECT(ringone_update_va_mapping((unsigned long)page, entry, how), 0);
}

static void asked_for(void)
{
	struct mmuext_op two[2] = {
		{ .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = virt_to_mfn(l3_table) },
		{ .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = virt_to_mfn(l3_table) },
	};
	static const unsigned long with[] = {
		UVMF_INVLPG | UVMF_LOCAL,
		UVMF_INVLPG | UVMF_ALL,
		UVMF_TLB_FLUSH | UVMF_LOCAL,
		UVMF_TLB_FLUSH | UVMF_ALL,
	};

	cached_then_gone();
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	must_fault("unmapped, after a reload");
	cached_then_gone();
	EXPECT(ringone_mmuext_op(two, 2, NULL, DOMID_SELF), 0);
	must_fault("unmapped, after a reload in a batch");
	cached_then_gone();
	EXPECT(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	must_fault("unmapped, after a flush");
	cached_then_gone();
	EXPECT(mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)page, 0), 0);
	must_fault("unmapped, after an INVLPG");
	for (unsigned int i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		page = page_alloc();
		page[0] = 0;
		update(0, with[i]);
		must_fault("unmapped with a flush");
	}
}

void test_main(void)
{
	xen_pfn_t frame;

	cached_then_gone();
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn((void *)page)), 0);
	must_fault("an L1");

	cached_then_gone();
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn((void *)page)), 0);
	must_fault("an L2");

	cached_then_gone();
	frame = virt_to_mfn((void *)page);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	must_fault("a GDT");
	EXPECT(ringone_set_gdt(&frame, 0), 0);

	/* Twice in a row: the frame that was flushed for lost its mapping at this very tick. */
	for (int i = 0; i < 2; i++) {
		cached_then_gone();
		EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn((void *)page)), 0);
		must_fault("an L1 behind another");
	}
	asked_for();
}
