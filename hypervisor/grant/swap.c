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
	if (!TRUST_CHECK(22, 54, !grant_pinned(d, a) && !grant_pinned(d, b)))
		return GNTST_eagain;
	z = *x;
	*x = *y;
	*y = z;
	return GNTST_okay;
}

int32_t grant_swap(struct domain *d, gva_t arg, uint32_t count)
{
	while (count) {
		gnttab_swap_grant_ref_t op;

		if (copy_from_guest_raw(&op, arg, sizeof(op)))
			return trace_error(-XEN_EFAULT);
		spin_lock(&d->grants.lock);
		op.status = swap(d, op.ref_a, op.ref_b);
		spin_unlock(&d->grants.lock);
		if (copy_to_guest_raw(arg, &op, sizeof(op)))
			return trace_error(-XEN_EFAULT);
		arg = gva_add(arg, sizeof(op));
		if (--count && preempt_needed())
			return grant_continue(GNTTABOP_swap_grant_ref, arg, count);
	}
	return 0;
}
