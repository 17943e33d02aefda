/* SPDX-License-Identifier: MIT */
/* Frames that leave their owner: for other frames, or for another domain. */
#include "internal.h"
#include "memory_op.h"
#include "mm.h"
#include "domain/domain.h"

/*
 * Out of the guest's hands: nothing can take a reference from now on.  Only a
 * frame that nobody maps, and that is no table, can go (XSA-214).
 */
bool frame_steal(struct domain *d, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);

	if (!mfn_valid(m) || !TRUST_CHECK(7, 4, p->owner == d) || p->type & PGT_count_mask)
		return false;
	return TRUST_CHECK(7, 5, cmpxchg32(&p->count, PGC_allocated | 1, 0));
}

/*
 * A frame that nobody maps changes from `from` to `to`, with its contents.
 * -XEN_EINVAL: it is not from's, or something refers to it; -XEN_ENOMEM: `to` has
 * all that it may have, or is dying; then nothing has changed.
 */
int frame_transfer(mfn_t m, struct domain *from, struct domain *to)
{
	struct page_info *p = mfn_to_page(m);

	if (!frame_steal(from, m))
		return -XEN_EINVAL;
	if (!frame_reassign(p, from, to)) {
		__atomic_store_n(&p->count, PGC_allocated | 1, __ATOMIC_SEQ_CST);
		return -XEN_ENOMEM;
	}
	/* Translations that the old owner's processors may still hold, read-only ones too (TRUST 7). */
	flush_tlb_mask(from->mm.dirty_cpus);
	p->type = 0;
	p->tlb_stamp = fresh_stamp(to);
	set_m2p(m, INVALID_GPFN);
	__atomic_store_n(&p->count, PGC_allocated | 1, __ATOMIC_SEQ_CST);
	return 0;
}
