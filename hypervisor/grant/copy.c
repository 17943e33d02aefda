/* SPDX-License-Identifier: MIT */
/*
 * Copying between frames that are named by number, if they are the caller's, or
 * by a grant of anybody.  The pages are held while it lasts; the granters' locks
 * too, so that a grant is in use for just that long.
 */
#include "internal.h"
#include "call/call.h"
#include "lib.h"
#include "trust.h"

struct side {                 /* one end of a copy, held while it lasts */
	struct domain *owner; /* with a reference */
	struct page_info *page;
	bool write;
	grant_entry_v1_t *entry; /* NULL: named by frame number */
	uint16_t taken;
};

static int16_t open_grant(struct domain *d, grant_ref_t ref, struct side *s, mfn_t *frame)
{
	const struct grant_table *t = &s->owner->grants;
	grant_entry_v1_t *e = grant_entry(t->va, t->nr_frames, ref);
	int16_t status;

	if (!e)
		return GNTST_bad_gntref;
	status = grant_acquire(e, d->id, s->write, frame, &s->taken);
	if (status == GNTST_okay)
		s->entry = e;
	return status;
}

/* The granter's lock is held. */
static void close_side(struct side *s)
{
	if (s->page && s->write)
		TRUST_EFFECT(22, 100, put_page_and_type(s->page));
	else if (s->page)
		TRUST_EFFECT(22, 101, put_page(s->page));
	if (s->entry)
		TRUST_EFFECT(22, 102, grant_release(s->entry, s->taken));
}

/* A destination must be plain writable memory: the type keeps tables out (TRUST 1). */
static int16_t open_side(struct domain *d, const struct gnttab_copy_ptr *p, bool by_grant,
			 struct side *s)
{
	mfn_t frame = by_grant ? INVALID_MFN : MFN(p->u.gmfn);
	struct page_info *page;
	int16_t status = GNTST_okay;

	if (by_grant)
		status = open_grant(d, p->u.ref, s, &frame);
	else if (!TRUST_CHECK(22, 53, s->owner == d))
		return GNTST_permission_denied;
	if (status != GNTST_okay)
		return status;
	if (!mfn_valid(frame))
		return GNTST_bad_page;
	page = mfn_to_page(frame);
	if (s->write ? !TRUST_CHECK(1, 41, !get_page_and_type(page, s->owner, PGT_writable))
		     : !get_page(page, s->owner))
		return GNTST_bad_page;
	s->page = page;
	return GNTST_okay;
}

static void lock_both(struct domain *a, struct domain *b)
{
	spin_lock(a < b ? &a->grants.lock : &b->grants.lock);
	if (a != b)
		spin_lock(a < b ? &b->grants.lock : &a->grants.lock);
}

static void unlock_both(struct domain *a, struct domain *b)
{
	spin_unlock(&a->grants.lock);
	if (a != b)
		spin_unlock(&b->grants.lock);
}

static int16_t copy_held(struct domain *d, const gnttab_copy_t *op, struct side *from,
			 struct side *to)
{
	int16_t status = open_side(d, &op->source, op->flags & GNTCOPY_source_gref, from);

	if (status == GNTST_okay)
		status = open_side(d, &op->dest, op->flags & GNTCOPY_dest_gref, to);
	if (status == GNTST_okay) {
		const char *s = map_frame(page_to_mfn(from->page));
		char *t = map_frame(page_to_mfn(to->page));

		memmove(t + op->dest.offset, s + op->source.offset, op->len);
		unmap_frame(t);
		unmap_frame(s);
	}
	close_side(to);
	close_side(from);
	return status;
}

static struct domain *side_owner(struct domain *d, domid_t id)
{
	return domain_get(id == DOMID_SELF ? d->id : id);
}

static int16_t copy_one(struct domain *d, const gnttab_copy_t *op)
{
	struct side from = { 0 }, to = { .write = true };
	int16_t status = GNTST_bad_domain;

	if (!grant_copy_fits(op->source.offset, op->dest.offset, op->len))
		return GNTST_bad_copy_arg;
	from.owner = side_owner(d, op->source.domid);
	to.owner = side_owner(d, op->dest.domid);
	if (from.owner && to.owner) {
		lock_both(from.owner, to.owner);
		status = copy_held(d, op, &from, &to);
		unlock_both(from.owner, to.owner);
	}
	if (from.owner)
		domain_put(from.owner);
	if (to.owner)
		domain_put(to.owner);
	return status;
}

int32_t grantop_copy(struct subop_call *c, struct gnttab_copy *op)
{
	op->status = copy_one(c->d, op);
	return 0;
}
