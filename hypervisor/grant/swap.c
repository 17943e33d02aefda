/* SPDX-License-Identifier: MIT */
/* Two entries of one's own table change places, if nobody uses either. */
#include "internal.h"
#include "call/call.h"
#include "trust.h"

static int16_t swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
	const struct grant_table *t = &d->grants;
	grant_entry_v1_t *x = grant_entry(t->va, t->nr_frames, a);
	grant_entry_v1_t *y = grant_entry(t->va, t->nr_frames, b), z;

	if (!x || !y)
		return GNTST_bad_gntref;
	if (x == y)
		return GNTST_okay;
	if (!TRUST_CHECK(22, 54, !grant_pinned(d, a) && !grant_pinned(d, b)))
		return GNTST_eagain;
	z = *x;
	*x = *y;
	*y = z;
	return GNTST_okay;
}

int32_t grantop_swap_grant_ref(struct subop_call *c, struct gnttab_swap_grant_ref *op)
{
	spin_lock(&c->d->grants.lock);
	op->status = swap(c->d, op->ref_a, op->ref_b);
	spin_unlock(&c->d->grants.lock);
	return 0;
}
