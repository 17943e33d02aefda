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
		TRUST_EFFECT(22, 116, domain_hold(rd));
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

int32_t grantop_map_grant_ref(struct subop_call *c, struct gnttab_map_grant_ref *op)
{
	struct grant_unmaps *u = c->notes;

	op->status = map_one(c->d, op);
	u->mapped = op->status == GNTST_okay ? op->handle : NO_HANDLE;
	u->mapped_at = c->at;
	u->host_addr = op->host_addr;
	return 0;
}

/* ---- unmapping ---- */

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
	if (!t || TRUST_WHEN(22, 114, t->flags & TRACK_GOING))
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
void grant_finish_unmaps(struct domain *d, struct grant_unmaps *u)
{
	if (u->n)
		TRUST_EFFECT(22, 115, flush_tlb_mask(d->mm.dirty_cpus));
	for (uint32_t i = 0; i < u->n; i++)
		finish(d, &u->done[i]);
	u->n = 0;
}

/* One more of a list; its granter hears of it after the flush. */
static int16_t unmap(struct subop_call *c, grant_handle_t handle, uint64_t host_addr, bool device,
		     uint64_t replace)
{
	struct grant_unmaps *u = c->notes;
	int16_t status;

	u->done[u->n].granter = NULL;
	status = unmap_one(c->d, handle, host_addr, device, replace, &u->done[u->n]);
	if (u->done[u->n].granter && ++u->n == UNMAPS_A_FLUSH)
		grant_finish_unmaps(c->d, u);
	return status;
}

void grant_unmap_untold(struct domain *d, struct grant_unmaps *u)
{
	u->done[u->n].granter = NULL;
	unmap_one(d, u->mapped, u->host_addr, true, 0, &u->done[u->n]);
	u->n += u->done[u->n].granter != NULL;
}

int32_t grantop_unmap_grant_ref(struct subop_call *c, struct gnttab_unmap_grant_ref *op)
{
	op->status = unmap(c, op->handle, op->host_addr, op->dev_bus_addr != 0, 0);
	return 0;
}

int32_t grantop_unmap_and_replace(struct subop_call *c, struct gnttab_unmap_and_replace *op)
{
	op->status = unmap(c, op->handle, op->host_addr, false, op->new_addr);
	return 0;
}

/* ---- the user's death: after its tables, which held the pages ---- */

#define TRACKS_BETWEEN_CHECKS 256

static int maps_domain_relinquish(struct domain *d)
{
	struct grant_table *g = &d->grants;
	const uint32_t end = track_end(d);

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
	const uint32_t end = track_end(d);

	for (uint32_t handle = 0; handle < end; handle++) {
		const struct grant_track *t = track_of((struct domain *)d, handle);

		if (t && t->flags & TRACK_DEVICE)
			held(to, t->frame, t->flags & TRACK_WRITE);
	}
}

UNIT(grant_maps, .frames_held = maps_frames_held, .domain_relinquish = maps_domain_relinquish,
     .audit = grants_audit, .domain_refs = grants_domain_refs);
