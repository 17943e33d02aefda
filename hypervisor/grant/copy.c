/* SPDX-License-Identifier: MIT */
/*
 * Copying between frames that are named by number, if they are the caller's, or
 * by a grant of anybody.  The pages are held while it lasts (mm/frame_copy.c); the
 * granters' locks too, so that a grant is in use for just that long.
 */
#include "internal.h"
#include "call/call.h"
#include "lib.h"
#include "trust.h"

struct side {                    /* one end of a copy */
	grant_entry_v1_t *entry; /* in use while it lasts; NULL: named by frame number */
	uint16_t taken;
};

/* What all elements of a list share, and mostly name. */
struct copies {
	struct grant_domain from, to;
};

/*
 * The frame that `named`, by a reference or a number, means; by_grant: the owner's lock is held.
 * By its number only whose it is may name one, and says DOMID_SELF.
 */
static inline int16_t open_side(struct domain *d, const struct domain *owner,
				const struct gnttab_copy_ptr *named, bool by_grant, bool write,
				struct side *s, mfn_t *frame)
{
	grant_entry_v1_t *e;
	int16_t status;

	if (!by_grant) {
		*frame = MFN(named->u.gmfn);
		return TRUST_CHECK(22, 53, named->domid == DOMID_SELF) ? GNTST_okay
								       : GNTST_permission_denied;
	}
	e = grant_entry(owner->grants.va, owner->grants.nr_frames, named->u.ref);
	if (unlikely(!e))
		return GNTST_bad_gntref;
	status = grant_acquire(e, d->id, write, GRANT_TO_COPY, frame, &s->taken);
	if (likely(status == GNTST_okay))
		s->entry = e;
	return status;
}

/* The granter's lock is held. */
static inline void close_side(const struct side *s)
{
	if (s->entry)
		TRUST_EFFECT(22, 102, grant_release(s->entry, s->taken));
}

/* The tables that are asked: of two domains, one, or none. */
static inline void lock_both(struct domain *a, struct domain *b)
{
	if (likely(!a || !b || a == b)) {
		if (a || b)
			spin_lock(a ? &a->grants.lock : &b->grants.lock);
		return;
	}
	spin_lock(a < b ? &a->grants.lock : &b->grants.lock);
	spin_lock(a < b ? &b->grants.lock : &a->grants.lock);
}

static inline void unlock_both(struct domain *a, struct domain *b)
{
	if (a)
		spin_unlock(&a->grants.lock);
	if (b && b != a)
		spin_unlock(&b->grants.lock);
}

static inline int16_t copy_locked(struct domain *d, const struct gnttab_copy *op,
				  struct frame_copy *copy)
{
	struct side from = { NULL, 0 }, to = { NULL, 0 };
	int16_t status;

	status = open_side(d, copy->from_owner, &op->source, op->flags & GNTCOPY_source_gref, false,
			   &from, &copy->from);
	if (likely(status == GNTST_okay))
		status = open_side(d, copy->to_owner, &op->dest, op->flags & GNTCOPY_dest_gref,
				   true, &to, &copy->to);
	if (likely(status == GNTST_okay))
		switch (frame_copy(copy)) {
		case 0:
			break;
		case -XEN_EBUSY: /* a table, or descriptors */
			status = GNTST_general_error;
			break;
		default:
			status = GNTST_bad_page;
		}
	close_side(&to);
	close_side(&from);
	return status;
}

/* Nobody has that number, which matters where it names the owner of a grant. */
static __attribute__((noinline)) int16_t no_domain(const struct gnttab_copy *op, bool from)
{
	uint16_t by_grant = from ? GNTCOPY_dest_gref : GNTCOPY_source_gref;

	return op->flags & by_grant ? GNTST_bad_domain : GNTST_permission_denied;
}

static inline int16_t copy_one(struct domain *d, const struct gnttab_copy *op, struct copies *seen)
{
	struct frame_copy copy; /* all of it is set below */
	struct domain *from, *to;
	int16_t status;

	if (!grant_copy_fits(op->source.offset, op->dest.offset, op->len))
		return GNTST_bad_copy_arg;
	copy.from_at = op->source.offset;
	copy.to_at = op->dest.offset;
	copy.bytes = op->len;
	copy.from_owner = grant_domain(&seen->from, d, op->source.domid);
	copy.to_owner = grant_domain(&seen->to, d, op->dest.domid);
	if (unlikely(!copy.from_owner) || unlikely(!copy.to_owner))
		return no_domain(op, copy.from_owner);
	from = op->flags & GNTCOPY_source_gref ? copy.from_owner : NULL;
	to = op->flags & GNTCOPY_dest_gref ? copy.to_owner : NULL;
	lock_both(from, to);
	status = copy_locked(d, op, &copy);
	unlock_both(from, to);
	return status;
}

#define COPY_FIELD(c, field) GRANT_FIELD(c, struct gnttab_copy, field)

static int32_t copy_element(struct subop_call *c, void *seen)
{
	union {
		struct gnttab_copy op;
		uint32_t word[offsetof(struct gnttab_copy, status) / sizeof(uint32_t)];
	} u;
	int16_t status;

#pragma GCC unroll 8
	for (uint32_t i = 0; i < ARRAY_SIZE(u.word); i++)
		if (!get_guest_word(&u.word[i], gva_add(c->at, i * sizeof(uint32_t))))
			return -XEN_EFAULT;
	status = copy_one(c->d, &u.op, seen);
	return likely(put_status(COPY_FIELD(c, status), status)) ? 0 : -XEN_EFAULT;
}

int32_t grantop_copy(struct subop_call *c, struct gnttab_copy *none)
{
	struct copies seen = { GRANT_NO_DOMAIN, GRANT_NO_DOMAIN };
	int32_t rc = grant_list(c, sizeof(struct gnttab_copy), copy_element, &seen);

	grant_domain_forget(&seen.from);
	grant_domain_forget(&seen.to);
	return rc;
}
