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

/* What an element asks for, and what it has got so far. */
struct mapping {
	struct foreign_entry entry; /* its `owner` is the granter */
	uint32_t flags;             /* GNTMAP_* */
	grant_ref_t ref;
	mfn_t frame;
	grant_handle_t handle;
	uint32_t track_flags;
};

/* Why the frame of an entry was not to be had: it is not the granter's, or it is not for this. */
static __attribute__((noinline)) int16_t no_page(const struct mapping *m)
{
	return frame_belongs_to(m->frame, m->entry.owner) ? GNTST_general_error : GNTST_bad_page;
}

static int16_t take_pages(struct mapping *m)
{
	struct domain *rd = m->entry.owner;

	if (unlikely(m->flags & GNTMAP_device_map)) {
		if (!get_for_device(m->frame, rd, m->track_flags & TRACK_WRITE))
			return no_page(m);
		m->track_flags |= TRACK_DEVICE;
	}
	if (unlikely(!(m->flags & GNTMAP_host_map)))
		return GNTST_okay;
	m->entry.new = entry_for(m->frame, m->flags);
	if (unlikely(foreign_entry_set(&m->entry, m->flags & GNTMAP_contains_pte)))
		return no_page(m);
	m->track_flags |= TRACK_HOST;
	return GNTST_okay;
}

/* The handle's track says what was taken; it is in use from the last store on. */
static void keep_track(struct grant_track *track, const struct mapping *m)
{
	struct domain *rd = m->entry.owner;

	TRUST_EFFECT(22, 116, domain_hold(rd));
	track->ref = m->ref;
	track->at = m->entry.at;
	track->frame = m->frame;
	track->flags = m->track_flags;
	__atomic_store_n(&track->granter, rd, __ATOMIC_RELEASE);
}

static void drop_handle(struct domain *d, grant_handle_t handle)
{
	spin_lock(&d->grants.lock);
	track_free(d, handle);
	spin_unlock(&d->grants.lock);
}

static int16_t map_pinned(struct domain *d, struct mapping *m, struct grant_track *track)
{
	struct domain *rd = m->entry.owner;
	const bool write = m->track_flags & TRACK_WRITE;
	int16_t status;

	spin_lock(&rd->grants.lock);
	status = rd->dying ? GNTST_bad_domain : grant_pin(rd, m->ref, d->id, write, &m->frame);
	spin_unlock(&rd->grants.lock);
	if (unlikely(status != GNTST_okay))
		return status;
	status = take_pages(m);
	if (likely(status == GNTST_okay)) {
		keep_track(track, m);
		return status;
	}
	if (m->track_flags & TRACK_DEVICE)
		put_for_device(m->frame, write);
	unpin(rd, m->ref, write);
	return status;
}

static int16_t map_for(struct domain *d, struct mapping *m)
{
	struct grant_track *track;
	int16_t status;

	spin_lock(&d->grants.lock);
	track = track_alloc(d, &m->handle);
	spin_unlock(&d->grants.lock);
	if (unlikely(!track))
		return GNTST_no_space;
	m->track_flags = m->flags & GNTMAP_readonly ? 0 : TRACK_WRITE;
	status = map_pinned(d, m, track);
	if (unlikely(status != GNTST_okay))
		drop_handle(d, m->handle);
	return status;
}

static int16_t map_one(struct domain *d, struct grant_domain *granter, domid_t id,
		       struct mapping *m)
{
	if (unlikely(!(m->flags & (GNTMAP_host_map | GNTMAP_device_map))))
		return GNTST_bad_gntref;
	m->entry.owner = grant_domain(granter, d, id);
	if (unlikely(!m->entry.owner) || unlikely(id == DOMID_SELF))
		return GNTST_bad_domain;
	return map_for(d, m);
}

/* A mapping of a moment ago, whose handle nobody was told. */
static void unmap_untold(struct domain *d, const struct mapping *m)
{
	struct grant_unmaps u;

	u.n = 0;
	grant_unmap_one(d, m->handle, m->entry.addr, mfn_to_paddr(m->frame), &u);
	grant_finish_unmaps(d, &u);
}

#define MAP_FIELD(c, field) GRANT_FIELD(c, struct gnttab_map_grant_ref, field)

/* Handle and address of the frame; the status comes last. */
static bool put_map_answer(const struct subop_call *c, const struct mapping *m)
{
	uint64_t at = mfn_to_paddr(m->frame);

	return put_guest_word(MAP_FIELD(c, handle), m->handle) &&
	       put_guest_word(MAP_FIELD(c, dev_bus_addr), at) &&
	       put_guest_word(gva_add(MAP_FIELD(c, dev_bus_addr), 4), at >> 32);
}

/* The question; false: it cannot be read.  What is to be found out is set by those who do. */
static inline bool get_map_question(const struct subop_call *c, struct mapping *m, domid_t *dom)
{
	uint32_t low, high, id;

	if (!get_guest_word(&low, MAP_FIELD(c, host_addr)) ||
	    !get_guest_word(&high, gva_add(MAP_FIELD(c, host_addr), 4)) ||
	    !get_guest_word(&m->flags, MAP_FIELD(c, flags)) ||
	    !get_guest_word(&m->ref, MAP_FIELD(c, ref)) || !get_guest_word(&id, MAP_FIELD(c, dom)))
		return false;
	m->entry.addr = (uint64_t)high << 32 | low;
	*dom = id;
	return true;
}

static int32_t map_element(struct subop_call *c, void *granter)
{
	struct mapping m;
	int16_t status;
	domid_t dom;

	if (!get_map_question(c, &m, &dom))
		return -XEN_EFAULT;
	status = map_one(c->d, granter, dom, &m);
	if (likely(status == GNTST_okay) && likely(put_map_answer(c, &m)) &&
	    likely(put_status(MAP_FIELD(c, status), status)))
		return 0;
	if (status != GNTST_okay)
		return put_status(MAP_FIELD(c, status), status) ? 0 : -XEN_EFAULT;
	/* Nobody knows the handle of an answer that could not be written: it is as if it had not been. */
	TRUST_EFFECT(22, 110, unmap_untold(c->d, &m));
	return -XEN_EFAULT;
}

int32_t grantop_map_grant_ref(struct subop_call *c, struct gnttab_map_grant_ref *none)
{
	struct grant_domain granter = GRANT_NO_DOMAIN;
	int32_t rc;

	rc = grant_list(c, sizeof(struct gnttab_map_grant_ref), map_element, &granter);
	grant_domain_forget(&granter);
	return rc;
}

/* ---- the user's death: after its tables, which held the pages ---- */

#define TRACKS_BETWEEN_CHECKS 64

static int maps_domain_relinquish(struct domain *d)
{
	struct grant_table *g = &d->grants;
	const uint32_t end = track_end(d);

	while (g->tracks_left < end) {
		grant_handle_t handle = g->tracks_left++;
		struct grant_track *t = track_of(d, handle);

		if (t) {
			struct grant_unmaps u = { .n = 1 };

			if (t->flags & TRACK_DEVICE)
				put_for_device(t->frame, t->flags & TRACK_WRITE);
			u.done[0] = (struct unmap){ handle, t->granter, t->ref,
						    t->flags & TRACK_WRITE };
			unmaps_finish(d, &u);
		}
		if (g->tracks_left % TRACKS_BETWEEN_CHECKS == 0 && preempt_needed())
			return -XEN_ERESTART;
	}
	return 0;
}

/* What is held for devices; what page tables hold is seen there. */
static uint32_t maps_frames_held(const struct domain *d, uint32_t from, frame_holder held, void *to)
{
	const uint32_t end = MIN(track_end(d), from + TRACKS_A_BREATH);

	for (uint32_t handle = from; handle < end; handle++) {
		const struct grant_track *t = track_of((struct domain *)d, handle);

		if (t && t->flags & TRACK_DEVICE)
			held(to, t->frame, t->flags & TRACK_WRITE);
	}
	return end < track_end(d) ? end : 0;
}

UNIT(grant_maps, .frames_held_long = maps_frames_held, .domain_relinquish = maps_domain_relinquish,
     .audit = grants_audit, .domain_refs = grants_domain_refs);
