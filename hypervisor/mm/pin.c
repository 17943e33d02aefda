/* SPDX-License-Identifier: MIT */
/*
 * Pinning: a type reference that the guest holds itself, so that a table stays
 * validated while nothing points to it.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

/*
 * type: PGT_l1, PGT_l2 (never the top one: that is pinned by its L3) or PGT_l3.
 * -XEN_ERESTART: preempted, call again.  The domain's mm_lock is held.
 */
int pin_table(struct domain *d, mfn_t m, uint32_t type)
{
	struct page_info *p = mfn_to_page(m);
	int rc;

	if (!mfn_valid(m))
		return -XEN_EINVAL;
	rc = get_page_and_type(p, d, type);
	if (rc)
		return rc;
	/* One pin a table: a second one would leave a reference that no unpin finds. */
	if (__atomic_fetch_or(&p->type, PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned) {
		put_page_and_type(p);
		return -XEN_EINVAL;
	}
	return 0;
}

/* What cannot be taken apart at once is left to finish_old_table(). */
int unpin_table(struct domain *d, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);

	if (!mfn_valid(m) || !get_page(p, d))
		return -XEN_EINVAL;
	if (!(__atomic_fetch_and(&p->type, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned)) {
		put_page(p);
		return -XEN_EINVAL;
	}
	put_or_defer(p);
	put_page(p);
	return 0;
}
