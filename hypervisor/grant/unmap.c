/* SPDX-License-Identifier: MIT */
/*
 * Mappings of grants go: the entry at once, then, for as many as wait for it, a
 * flush, and only then the granters may do with their pages what they like.
 */
#include "internal.h"
#include "trust.h"

void put_for_device(mfn_t frame, bool write)
{
	struct page_info *p = mfn_to_page(frame);

	if (write)
		put_page_and_type(p);
	else
		put_page(p);
}

/* The track of a handle in use, whose entry still waits to be unmapped; or NULL. */
static struct grant_track *track_to_end(struct domain *d, grant_handle_t handle)
{
	struct grant_track *t;

	spin_lock(&d->grants.lock);
	t = track_of(d, handle);
	spin_unlock(&d->grants.lock);
	return likely(t) && !TRUST_WHEN(22, 114, t->flags & TRACK_GOING) ? t : NULL;
}

/*
 * Nothing is left of the mapping: the rest goes after the flush.  But for that the
 * other half may still be there.
 */
static void note_unmapped(struct grant_unmaps *u, grant_handle_t handle, struct grant_track *t)
{
	struct unmap *done = &u->done[u->n];

	if (unlikely(t->flags & (TRACK_HOST | TRACK_DEVICE)))
		return;
	t->flags |= TRACK_GOING;
	done->handle = handle;
	done->granter = t->granter;
	done->ref = t->ref;
	done->write = t->flags & TRACK_WRITE;
	u->n++;
}

/* Take the mapping out of the user's table.  An address of 0 leaves its half of it. */
int16_t grant_unmap_one(struct domain *d, grant_handle_t handle, uint64_t host_addr,
			uint64_t device_addr, struct grant_unmaps *u)
{
	struct grant_track *t = track_to_end(d, handle);

	if (unlikely(!t))
		return GNTST_bad_handle;
	if (unlikely(device_addr) && t->flags & TRACK_DEVICE &&
	    device_addr != mfn_to_paddr(t->frame))
		return GNTST_bad_dev_addr;
	if (host_addr && t->flags & TRACK_HOST) {
		if (unlikely(foreign_entry_clear(host_addr, &t->at, t->frame)))
			return GNTST_general_error;
		t->flags &= ~TRACK_HOST;
	}
	if (unlikely(device_addr) && t->flags & TRACK_DEVICE) {
		put_for_device(t->frame, t->flags & TRACK_WRITE);
		t->flags &= ~TRACK_DEVICE;
	}
	note_unmapped(u, handle, t);
	return GNTST_okay;
}

static int16_t replace_one(struct domain *d, const struct gnttab_unmap_and_replace *op,
			   struct grant_unmaps *u)
{
	struct grant_track *t = track_to_end(d, op->handle);

	if (!t)
		return GNTST_bad_handle;
	if (op->host_addr && t->flags & TRACK_HOST) {
		int rc = op->new_addr ? foreign_entry_replace(op->host_addr, &t->at, t->frame,
							      op->new_addr)
				      : foreign_entry_clear(op->host_addr, &t->at, t->frame);

		if (rc)
			return GNTST_general_error;
		t->flags &= ~TRACK_HOST;
	}
	note_unmapped(u, op->handle, t);
	return GNTST_okay;
}

/* The uses of their entries end; the granter's lock stays while it is one granter's. */
static void unpin_all(const struct grant_unmaps *u)
{
	struct domain *locked = NULL;

	for (const struct unmap *done = u->done; done < u->done + u->n; done++) {
		if (locked != done->granter) {
			if (locked)
				spin_unlock(&locked->grants.lock);
			locked = done->granter;
			spin_lock(&locked->grants.lock);
		}
		grant_unpin(locked, done->ref, done->write);
	}
	spin_unlock(&locked->grants.lock);
}

void unmaps_finish(struct domain *d, struct grant_unmaps *u)
{
	unpin_all(u);
	spin_lock(&d->grants.lock);
	for (uint32_t i = 0; i < u->n; i++)
		track_free(d, u->done[i].handle);
	spin_unlock(&d->grants.lock);
	for (uint32_t i = 0; i < u->n; i++)
		domain_put(u->done[i].granter);
	u->n = 0;
}

/* Nobody may reach the pages any more when the granters are told. */
void grant_finish_unmaps(struct domain *d, struct grant_unmaps *u)
{
	if (!u->n)
		return;
	TRUST_EFFECT(22, 115, flush_tlb_mask(d->mm.dirty_cpus));
	unmaps_finish(d, u);
}

#define UNMAP_FIELD(c, field) GRANT_FIELD(c, struct gnttab_unmap_grant_ref, field)

/* The granters hear of it after the flush. */
static int32_t unmap_element(struct subop_call *c, void *unmaps)
{
	uint32_t low, high, device_low, device_high, handle;
	struct grant_unmaps *u = unmaps;
	int16_t status;

	if (!get_guest_word(&low, UNMAP_FIELD(c, host_addr)) ||
	    !get_guest_word(&high, gva_add(UNMAP_FIELD(c, host_addr), 4)) ||
	    !get_guest_word(&device_low, UNMAP_FIELD(c, dev_bus_addr)) ||
	    !get_guest_word(&device_high, gva_add(UNMAP_FIELD(c, dev_bus_addr), 4)) ||
	    !get_guest_word(&handle, UNMAP_FIELD(c, handle)))
		return -XEN_EFAULT;
	status = grant_unmap_one(c->d, handle, (uint64_t)high << 32 | low,
				 (uint64_t)device_high << 32 | device_low, u);
	if (u->n == UNMAPS_A_FLUSH)
		grant_finish_unmaps(c->d, u);
	return likely(put_status(UNMAP_FIELD(c, status), status)) ? 0 : -XEN_EFAULT;
}

int32_t grantop_unmap_grant_ref(struct subop_call *c, struct gnttab_unmap_grant_ref *none)
{
	struct grant_unmaps u;
	int32_t rc;

	u.n = 0;
	rc = grant_list(c, sizeof(struct gnttab_unmap_grant_ref), unmap_element, &u);
	grant_finish_unmaps(c->d, &u);
	return rc;
}

int32_t grantop_unmap_and_replace(struct subop_call *c, struct gnttab_unmap_and_replace *op)
{
	struct grant_unmaps u;

	u.n = 0;
	op->status = replace_one(c->d, op, &u);
	grant_finish_unmaps(c->d, &u);
	return 0;
}
