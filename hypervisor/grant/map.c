/* SPDX-License-Identifier: MIT */
/*
 * Mapping grants.  The page's reference and type belong to the entry of the
 * user's table that maps it, as with every other page: whatever way that entry
 * goes, what it holds at that moment is given back by it.  The pin on the
 * granter's entry and the handle go only by unmap or with the user's death.
 *
 * Locks: the granter's grant_lock to pin, then the user's mm_lock to map, never
 * both; what happens in between changes nothing of what was pinned.
 */
#include "internal.h"
#include "call/call.h"
#include "trust.h"
#include "unit.h"

#define BATCH 16 /* unmaps between two flushes */

static void unpin(struct domain *rd, grant_ref_t ref, bool write)
{
	spin_lock(&rd->grants.lock);
	grant_unpin(rd, ref, write);
	spin_unlock(&rd->grants.lock);
}

static pte_t entry_for(mfn_t frame, uint32_t flags)
{
	uint64_t bits = PTE_P | PTE_A;

	if (TRUST_CHECK(22, 52, !(flags & GNTMAP_readonly)))
		bits |= PTE_RW | PTE_D;
	if (flags & GNTMAP_application_map)
		bits |= PTE_US;
	bits |= (uint64_t)(flags >> _GNTMAP_guest_avail0) << 9 & PTE_AVAIL;
	return mfn_pte(frame, bits);
}

/* The page held by the track itself, for devices. */
static bool get_for_device(mfn_t frame, struct domain *rd, bool write)
{
	struct page_info *p = mfn_to_page(frame);

	if (!mfn_valid(frame))
		return false;
	return write ? !get_page_and_type(p, rd, PGT_writable) : get_page(p, rd);
}

static void put_for_device(const struct grant_track *t)
{
	struct page_info *p = mfn_to_page(t->frame);

	if (t->flags & TRACK_WRITE)
		put_page_and_type(p);
	else
		put_page(p);
}

static int16_t take_pages(struct domain *rd, const struct gnttab_map_grant_ref *op,
			  struct grant_track *t)
{
	bool by_entry = op->flags & GNTMAP_contains_pte;
	bool write = t->flags & TRACK_WRITE;

	if (op->flags & GNTMAP_device_map) {
		if (!get_for_device(t->frame, rd, write))
			return GNTST_bad_page;
		t->flags |= TRACK_DEVICE;
	}
	if (!(op->flags & GNTMAP_host_map))
		return GNTST_okay;
	switch (foreign_entry_set(current, op->host_addr, by_entry, entry_for(t->frame, op->flags),
				  rd, &t->at)) {
	case 0:
		t->flags |= TRACK_HOST;
		return GNTST_okay;
	case -XEN_EFAULT:
		return GNTST_bad_virt_addr;
	default:
		return GNTST_general_error;
	}
}

static int16_t map_for(struct domain *d, struct domain *rd, struct gnttab_map_grant_ref *op)
{
	struct grant_track t = { .granter = rd, .ref = op->ref }, *track;
	bool write = !(op->flags & GNTMAP_readonly);
	grant_handle_t handle = NO_HANDLE;
	int16_t status;

	spin_lock(&d->grants.lock);
	track = track_alloc(d, &handle);
	spin_unlock(&d->grants.lock);
	if (!track)
		return GNTST_no_space;

	t.flags = write ? TRACK_WRITE : 0;
	spin_lock(&rd->grants.lock);
	status = rd->dying ? GNTST_bad_domain : grant_pin(rd, op->ref, d->id, write, &t.frame);
	spin_unlock(&rd->grants.lock);
	if (status == GNTST_okay) {
		status = take_pages(rd, op, &t);
		if (status != GNTST_okay) {
			if (t.flags & TRACK_DEVICE)
				put_for_device(&t);
			unpin(rd, op->ref, write);
		}
	}

	spin_lock(&d->grants.lock);
	if (status == GNTST_okay) {
		domain_hold(rd);
		*track = t;
		op->handle = handle;
		op->dev_bus_addr = mfn_to_paddr(t.frame);
	} else {
		track_free(d, handle);
	}
	spin_unlock(&d->grants.lock);
	return status;
}

static int16_t map_one(struct domain *d, struct gnttab_map_grant_ref *op)
{
	struct domain *rd;
	int16_t status;

	if (!(op->flags & (GNTMAP_host_map | GNTMAP_device_map)))
		return GNTST_bad_gntref;
	rd = domain_get(op->dom == DOMID_SELF ? d->id : op->dom);
	if (!rd)
		return GNTST_bad_domain;
	status = map_for(d, rd, op);
	domain_put(rd);
	return status;
}

int32_t grant_map(struct domain *d, gva_t arg, uint32_t count)
{
	while (count) {
		struct gnttab_map_grant_ref op;

		if (copy_from_guest_raw(&op, arg, sizeof(op)))
			return trace_error(-XEN_EFAULT);
		op.status = map_one(d, &op);
		if (copy_to_guest_raw(arg, &op, sizeof(op)))
			return trace_error(-XEN_EFAULT);
		arg = gva_add(arg, sizeof(op));
		if (--count && preempt_needed())
			return grant_continue(GNTTABOP_map_grant_ref, arg, count);
	}
	return 0;
}

/* ---- unmapping ---- */

struct unmap { /* between the entry's end and the flush */
	grant_handle_t handle;
	struct domain *granter;
	grant_ref_t ref;
	bool write;
};

/*
 * Take the mapping out of the user's table.  done->granter is set when nothing
 * of it is left and the rest can go after the flush.
 */
static int16_t unmap_one(struct domain *d, grant_handle_t handle, uint64_t host_addr, bool device,
			 uint64_t replace, struct unmap *done)
{
	struct grant_track *t;
	int16_t status = GNTST_okay;

	spin_lock(&d->grants.lock);
	t = track_of(d, handle);
	spin_unlock(&d->grants.lock);
	if (!t || t->flags & TRACK_GOING)
		return GNTST_bad_handle;
	if (host_addr && t->flags & TRACK_HOST) {
		int rc = foreign_entry_clear(current, host_addr, &t->at, t->frame, replace);

		if (rc)
			return rc == -XEN_EINVAL ? GNTST_general_error : GNTST_bad_virt_addr;
		t->flags &= ~TRACK_HOST;
	}
	if (device && t->flags & TRACK_DEVICE) {
		put_for_device(t);
		t->flags &= ~TRACK_DEVICE;
	}
	if (t->flags & (TRACK_HOST | TRACK_DEVICE))
		return status; /* the other half is still there */
	t->flags |= TRACK_GOING;
	*done = (struct unmap){ handle, t->granter, t->ref, t->flags & TRACK_WRITE };
	return status;
}

static void finish(struct domain *d, const struct unmap *u)
{
	unpin(u->granter, u->ref, u->write);
	spin_lock(&d->grants.lock);
	track_free(d, u->handle);
	spin_unlock(&d->grants.lock);
	domain_put(u->granter);
}

/* Nobody may reach the pages any more when the granters are told. */
static void finish_all(struct domain *d, const struct unmap *done, uint32_t n)
{
	if (n)
		flush_tlb_mask(d->mm.dirty_cpus);
	for (uint32_t i = 0; i < n; i++)
		finish(d, &done[i]);
}

/* Both forms of unmap, as one. */
struct unmap_args {
	uint64_t host_addr, replace;
	bool device;
	grant_handle_t handle;
};

static bool read_args(uint32_t cmd, gva_t at, struct unmap_args *a)
{
	struct gnttab_unmap_and_replace r;
	struct gnttab_unmap_grant_ref u;

	if (cmd == GNTTABOP_unmap_grant_ref) {
		if (copy_from_guest_raw(&u, at, sizeof(u)))
			return false;
		*a = (struct unmap_args){ u.host_addr, 0, u.dev_bus_addr != 0, u.handle };
		return true;
	}
	if (copy_from_guest_raw(&r, at, sizeof(r)))
		return false;
	*a = (struct unmap_args){ r.host_addr, r.new_addr, false, r.handle };
	return true;
}

static int32_t unmap_list(struct domain *d, uint32_t cmd, gva_t arg, uint32_t count)
{
	const bool plain = cmd == GNTTABOP_unmap_grant_ref;
	const uint32_t size = plain ? sizeof(struct gnttab_unmap_grant_ref)
				    : sizeof(struct gnttab_unmap_and_replace);
	const uint32_t status_at = plain ? offsetof(struct gnttab_unmap_grant_ref, status)
					 : offsetof(struct gnttab_unmap_and_replace, status);
	struct unmap done[BATCH];
	uint32_t n = 0;
	int32_t rc = 0;

	while (count) {
		struct unmap_args a;
		int16_t status;

		done[n].granter = NULL;
		if (!read_args(cmd, arg, &a)) {
			rc = trace_error(-XEN_EFAULT);
			break;
		}
		status = unmap_one(d, a.handle, a.host_addr, a.device, a.replace, &done[n]);
		if (done[n].granter && ++n == BATCH) {
			finish_all(d, done, n);
			n = 0;
		}
		if (copy_to_guest_raw(gva_add(arg, status_at), &status, sizeof(status))) {
			rc = trace_error(-XEN_EFAULT);
			break;
		}
		arg = gva_add(arg, size);
		if (--count && preempt_needed()) {
			rc = grant_continue(cmd, arg, count);
			break;
		}
	}
	finish_all(d, done, n);
	return rc;
}

int32_t grant_unmap(struct domain *d, gva_t arg, uint32_t count)
{
	return unmap_list(d, GNTTABOP_unmap_grant_ref, arg, count);
}

int32_t grant_unmap_and_replace(struct domain *d, gva_t arg, uint32_t count)
{
	return unmap_list(d, GNTTABOP_unmap_and_replace, arg, count);
}

/* ---- the user's death: after its tables, which held the pages ---- */

#define TRACKS_BETWEEN_CHECKS 256

static int maps_domain_relinquish(struct domain *d)
{
	struct grant_table *g = &d->grants;
	const uint32_t end = g->nr_track_pages * (PAGE_SIZE / sizeof(struct grant_track));

	while (g->tracks_left < end) {
		grant_handle_t handle = g->tracks_left++;
		struct grant_track *t = track_of(d, handle);

		if (t) {
			if (t->flags & TRACK_DEVICE)
				put_for_device(t);
			finish(d, &(struct unmap){ handle, t->granter, t->ref,
						   t->flags & TRACK_WRITE });
		}
		if (g->tracks_left % TRACKS_BETWEEN_CHECKS == 0 && preempt_needed())
			return -XEN_ERESTART;
	}
	return 0;
}

/* What is held for devices; what page tables hold is seen there. */
static void maps_frames_held(const struct domain *d, frame_holder held, void *to)
{
	const uint32_t end = d->grants.nr_track_pages * (PAGE_SIZE / sizeof(struct grant_track));

	for (uint32_t handle = 0; handle < end; handle++) {
		const struct grant_track *t = track_of((struct domain *)d, handle);

		if (t && t->flags & TRACK_DEVICE)
			held(to, t->frame, t->flags & TRACK_WRITE);
	}
}

UNIT(grant_maps, .frames_held = maps_frames_held, .domain_relinquish = maps_domain_relinquish);
