/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op as far as one domain goes: setting the table up, asking about
 * it, and copying between the domain's own frames, named by number or by
 * grant.  Mapping and transfer need a second domain; they answer -ENOSYS
 * until there can be one.
 *
 * The frames of a table are the hypervisor's pages, shared with their domain
 * as writable memory for as long as it lives.
 */
#include "entry.h"
#include "grant.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "unit.h"

_Static_assert(ARRAY_SIZE(((struct grant_table *)0)->frames) == MAX_GRANT_FRAMES, "one bound");

/* The only domain whose table anybody may ask for, so far, is the caller's. */
static bool is_own(const struct domain *d, domid_t id)
{
	return id == DOMID_SELF || id == d->id;
}

static bool grow(struct domain *d, uint32_t nr_frames)
{
	struct grant_table *t = &d->grants;

	t->max_frames = MAX_GRANT_FRAMES;
	while (t->nr_frames < nr_frames) {
		void *va = heap_alloc_page();

		if (!va)
			return false;
		t->va[t->nr_frames] = va;
		t->frames[t->nr_frames] = heap_page_mfn(va);
		share_page_with_guest(t->frames[t->nr_frames], d, true);
		t->nr_frames++;
	}
	return true;
}

static int16_t setup(struct domain *d, const gnttab_setup_table_t *op)
{
	int16_t status = GNTST_okay;

	if (!is_own(d, op->dom))
		return GNTST_bad_domain;
	if (!TRUST_CHECK(22, 46, op->nr_frames <= MAX_GRANT_FRAMES))
		return GNTST_general_error;
	spin_lock(&d->grant_lock);
	if (!grow(d, op->nr_frames))
		status = GNTST_no_space;
	for (uint32_t i = 0; status == GNTST_okay && i < op->nr_frames; i++) {
		xen_pfn_t mfn = d->grants.frames[i].n;

		if (copy_to_guest(op->frame_list, i, &mfn))
			status = GNTST_bad_virt_addr;
	}
	spin_unlock(&d->grant_lock);
	return status;
}

static int32_t setup_table(struct domain *d, gva_t arg)
{
	gnttab_setup_table_t op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	op.status = setup(d, &op);
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t query_size(struct domain *d, gva_t arg)
{
	gnttab_query_size_t op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (is_own(d, op.dom)) {
		op.nr_frames = d->grants.nr_frames;
		op.max_nr_frames = MAX_GRANT_FRAMES;
		op.status = GNTST_okay;
	} else {
		op.status = GNTST_bad_domain;
	}
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t get_version(struct domain *d, gva_t arg)
{
	gnttab_get_version_t op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (!is_own(d, op.dom))
		return trace_error(-XEN_ESRCH);
	op.version = 1;
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t set_version(gva_t arg)
{
	gnttab_set_version_t op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (op.version == 1)
		return 0;
	return op.version == 2 ? -XEN_ENOSYS : trace_error(-XEN_EINVAL);
}

/* ---- copying ---- */

struct side { /* one end of a copy, held while it lasts */
	struct page_info *page;
	bool write;
	grant_entry_v1_t *entry; /* NULL: named by frame number */
	uint16_t taken;
};

static int16_t open_grant(struct domain *d, grant_ref_t ref, struct side *s, uint32_t *frame)
{
	grant_entry_v1_t *e = grant_entry(d->grants.va, d->grants.nr_frames, ref);
	int16_t status;

	if (!e)
		return GNTST_bad_gntref;
	status = grant_acquire(e, d->id, s->write, frame, &s->taken);
	if (status == GNTST_okay)
		s->entry = e;
	return status;
}

static void close_side(struct side *s)
{
	if (s->page && s->write)
		put_page_and_type(s->page);
	else if (s->page)
		put_page(s->page);
	if (s->entry)
		grant_release(s->entry, s->taken);
	*s = (struct side){ 0 };
}

/* A destination must be plain writable memory: the type keeps tables out (TRUST 1). */
static int16_t open_side(struct domain *d, const struct gnttab_copy_ptr *p, bool by_grant,
			 struct side *s)
{
	uint32_t frame = by_grant ? 0 : p->u.gmfn;
	struct page_info *page;
	int16_t status = GNTST_okay;

	if (!is_own(d, p->domid))
		return GNTST_bad_domain;
	if (by_grant)
		status = open_grant(d, p->u.ref, s, &frame);
	if (status != GNTST_okay)
		return status;
	if (!mfn_valid(MFN(frame)))
		return GNTST_bad_page;
	page = mfn_to_page(MFN(frame));
	if (s->write ? !TRUST_CHECK(1, 41, !get_page_and_type(page, d, PGT_writable))
		     : !get_page(page, d))
		return GNTST_bad_page;
	s->page = page;
	return GNTST_okay;
}

static int16_t copy_one(struct domain *d, const gnttab_copy_t *op)
{
	struct side from = { 0 }, to = { .write = true };
	int16_t status;

	if (!grant_copy_fits(op->source.offset, op->dest.offset, op->len))
		return GNTST_bad_copy_arg;
	status = open_side(d, &op->source, op->flags & GNTCOPY_source_gref, &from);
	if (status == GNTST_okay)
		status = open_side(d, &op->dest, op->flags & GNTCOPY_dest_gref, &to);
	if (status == GNTST_okay) {
		const char *s = map_frame(page_to_mfn(from.page));
		char *t = map_frame(page_to_mfn(to.page));

		memmove(t + op->dest.offset, s + op->source.offset, op->len);
		unmap_frame(t);
		unmap_frame(s);
	}
	close_side(&to);
	close_side(&from);
	return status;
}

/* Element by element, each with its own status; the rest of a long list waits for its turn. */
static int32_t copy(struct domain *d, gva_t arg, uint32_t count)
{
	while (count) {
		gnttab_copy_t op;

		if (copy_from_guest_raw(&op, arg, sizeof(op)))
			return trace_error(-XEN_EFAULT);
		spin_lock(&d->grant_lock);
		op.status = copy_one(d, &op);
		spin_unlock(&d->grant_lock);
		if (copy_to_guest_raw(gva_add(arg, offsetof(gnttab_copy_t, status)), &op.status,
				      sizeof(op.status)))
			return trace_error(-XEN_EFAULT);
		arg = gva_add(arg, sizeof(op));
		count--;
		if (count && preempt_needed())
			return hypercall_continue(__HYPERVISOR_grant_table_op, 3, GNTTABOP_copy,
						  arg.a, count, 0);
	}
	return 0;
}

int32_t do_grant_table_op(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			  uint32_t a6)
{
	struct domain *d = current->domain;
	const gva_t arg = GVA(a2);

	if (!subop_permitted(__HYPERVISOR_grant_table_op, a1))
		return trace_error(-XEN_EPERM);
	switch (a1) {
	case GNTTABOP_copy:
		return (int32_t)a3 < 0 ? trace_error(-XEN_EINVAL) : copy(d, arg, a3);
	case GNTTABOP_set_version:
		return set_version(arg);
	case GNTTABOP_get_version:
		return get_version(d, arg);
	case GNTTABOP_setup_table:
		return a3 == 1 ? setup_table(d, arg) : trace_error(-XEN_EINVAL);
	case GNTTABOP_query_size:
		return a3 == 1 ? query_size(d, arg) : trace_error(-XEN_EINVAL);
	default:
		return -XEN_ENOSYS;
	}
}

/* The domain's own mappings are gone by now (mm_domain_relinquish). */
static void grant_domain_dead(struct domain *d)
{
	struct grant_table *t = &d->grants;

	for (uint32_t i = 0; i < t->nr_frames; i++)
		heap_free_page(t->va[i]);
	*t = (struct grant_table){ 0 };
}

UNIT(grant, .domain_dead = grant_domain_dead);
