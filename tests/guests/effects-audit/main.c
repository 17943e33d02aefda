/* SPDX-License-Identifier: MIT */
/*
 * Question: does every call give back what it took, also when it is refused half way?
 *
 * Expected: after each of them the frame at hand can be whatever it could be before: a page table
 * (so no writable type is left) and, given back, the domain's no more (so no reference is left).
 *
 * Because: a put that is missing breaks no check. It keeps a frame for ever, and a domain that
 * may repeat it keeps all of them, also after its end.
 */
#include "guest.h"
#include "mm.h"

static grant_entry_v1_t *grants;

/* Nothing holds the page any more: it can become a table, and it can leave. */
static void free_of_all(void *page, const char *what)
{
	xen_pfn_t mfn = virt_to_mfn(page), gone = mfn;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	uint64_t ours = (uint64_t)mfn << 12 | PTE_RW;

	memset(page, 0, PAGE_SIZE);
	page_forget(page);
	CHECK(!mmuext(MMUEXT_PIN_L2_TABLE, mfn), "%s: a type is left on it", what);
	CHECK(!mmuext(MMUEXT_UNPIN_TABLE, mfn), "%s: it cannot be unpinned", what);
	set_xen_guest_handle(r.extent_start, &gone);
	EXPECT(ringone_memory_op(XENMEM_decrease_reservation, &r), 1);
	/* The last reference was ours: the frame is nobody's, and cannot be mapped again. */
	CHECK(ringone_update_va_mapping((unsigned long)page, ours, UVMF_INVLPG),
	      "%s: a reference is left on it", what);
}

static void clear_and_copy(void)
{
	void *a = page_alloc(), *b = page_alloc(), *c = page_alloc();
	struct mmuext_op op = { .cmd = MMUEXT_COPY_PAGE };

	EXPECT(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(a)), 0);
	free_of_all(a, "a page that was cleared");
	op.arg1.mfn = virt_to_mfn(b);
	op.arg2.src_mfn = virt_to_mfn(c);
	EXPECT(ringone_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
	free_of_all(b, "a page that was copied to");
	free_of_all(c, "a page that was copied from");
}

static void descriptors(void)
{
	void *first = page_alloc(), *second = page_alloc(), *loose = page_alloc();
	xen_pfn_t good = virt_to_mfn(first), next = virt_to_mfn(second);
	xen_pfn_t bad[2] = { good, virt_to_mfn(l3_table) };

	page_readonly(first);
	page_readonly(second);
	CHECK(ringone_set_gdt(bad, 1024) < 0, "a GDT with a page table in it");
	page_writable(first);
	page_readonly(first);
	EXPECT(ringone_set_gdt(&good, 512), 0);
	EXPECT(ringone_set_gdt(&next, 512), 0);
	page_writable(first);
	free_of_all(first, "the page of a GDT that was");
	EXPECT(ringone_set_gdt(&next, 0), 0);
	page_writable(second);
	free_of_all(second, "the page of a GDT that was taken away");
	EXPECT(ringone_update_descriptor(virt_to_machine(loose) + 8, 0), 0);
	free_of_all(loose, "a page that a descriptor was written to");
}

static int copy(struct gnttab_copy *c)
{
	c->len = 8;
	if (ringone_grant_table_op(GNTTABOP_copy, c, 1))
		return -100;
	return c->status;
}

static void copies(void)
{
	void *from = page_alloc(), *to = page_alloc(), *granted = page_alloc();
	struct gnttab_copy c = { 0 };

	c.source.domid = c.dest.domid = DOMID_SELF;
	c.source.u.gmfn = virt_to_mfn(from);
	c.dest.u.gmfn = virt_to_mfn(to);
	EXPECT(copy(&c), GNTST_okay);
	free_of_all(from, "the source of a grant copy");
	c.source.u.gmfn = virt_to_mfn(granted);
	c.dest.u.gmfn = virt_to_mfn(to);
	free_of_all(to, "the destination of a grant copy");

	/* By reference: the entry is marked while it is used, and not any more behind it. */
	void *behind = page_alloc();

	grants[20] = (grant_entry_v1_t){ GTF_permit_access, DOMID_SELF, virt_to_mfn(granted) };
	grants[20].domid = 0;
	c = (struct gnttab_copy){ .flags = GNTCOPY_source_gref };
	c.source.domid = c.dest.domid = DOMID_SELF;
	c.source.u.ref = 20;
	c.dest.u.gmfn = virt_to_mfn(behind);
	EXPECT(copy(&c), GNTST_okay);
	EXPECT(grants[20].flags & (GTF_reading | GTF_writing), 0);
}

/* An address space that a VCPU ran from is free when it runs from another. */
static void base_pointers(void)
{
	struct tables t;
	xen_pfn_t home = virt_to_mfn(l3_table);

	tables_make(&t);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, home), 0);
	page_writable(t.l3);
	free_of_all(t.l3, "the L3 that a VCPU ran from");
}

void test_main(void)
{
	xen_pfn_t frame;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };

	set_xen_guest_handle(s.frame_list, &frame);
	EXPECT(ringone_grant_table_op(GNTTABOP_setup_table, &s, 1), 0);
	grants = page_alloc();
	EXPECT(ringone_update_va_mapping((unsigned long)grants, (uint64_t)frame << 12 | PTE_RW,
					 UVMF_INVLPG),
	       0);
	clear_and_copy();
	descriptors();
	copies();
	base_pointers();
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 1, 0, 0, 0, 0), 0);
}
