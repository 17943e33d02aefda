/* SPDX-License-Identifier: MIT */
/*
 * Memory that a domain gets or gives back: the three calls of a balloon driver.
 *
 * An extent is 2^order frames in a row.  For a guest with direct paging,
 * frames are named by machine frame number throughout; populate_physmap also
 * enters them in the M2P.
 */
#include "internal.h"
#include "memory_op.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"

#define MAX_EXTENT_ORDER 12
#define PIECE_ORDER      7 /* a larger extent is given back in pieces of this order */
#define FRAMES_A_BREATH  (1U << PIECE_ORDER)

uint32_t max_extent_order(const struct domain *d)
{
	return d->privileged ? MAX_EXTENT_ORDER : 9;
}

uint32_t address_limit(uint32_t mem_flags)
{
	uint32_t bits = XENMEMF_get_address_bits(mem_flags);

	if (!bits || bits >= 44)
		return ~0U;
	return bits <= PAGE_SHIFT ? 0 : 1U << (bits - PAGE_SHIFT);
}

/* Undo the owner's own reference; the frame is freed when nothing maps it any more. */
static bool release_frame(struct domain *d, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	bool was_allocated;

	if (!mfn_valid(m) || !get_page(p, d))
		return false;
	was_allocated = __atomic_fetch_and(&p->count, ~PGC_allocated, __ATOMIC_SEQ_CST) &
			PGC_allocated;
	if (TRUST_CHECK(6, 1, was_allocated))
		put_page(p);
	put_page(p);
	return was_allocated;
}

/* From piece *next of the extent on; *again: the rest, from *next on, has to wait for what is due. */
static bool decrease(struct domain *d, const struct xen_memory_reservation *r, uint32_t i,
		     uint32_t *next, bool *again)
{
	const uint32_t first = *next << PIECE_ORDER, end = 1U << r->extent_order;
	xen_pfn_t mfn;

	if (copy_from_guest(&mfn, r->extent_start, i))
		return false;
	for (uint32_t j = first; j < end; j++) {
		if (j != first && j % FRAMES_A_BREATH == 0 &&
		    TRUST_WHEN(5, 110, preempt_needed())) {
			*next = j >> PIECE_ORDER;
			*again = true;
			return false;
		}
		if (!release_frame(d, MFN(mfn + j)))
			return false;
	}
	*next = 0;
	return true;
}

static bool increase(struct domain *d, const struct xen_memory_reservation *r, uint32_t i,
		     bool populate, bool *again)
{
	uint32_t nr = 1U << r->extent_order;
	xen_pfn_t pfn = 0, mfn;
	mfn_t m;

	if (populate && copy_from_guest(&pfn, r->extent_start, i))
		return false;
	m = frames_alloc_order_again(d, r->extent_order, address_limit(r->mem_flags), again);
	if (mfn_eq(m, INVALID_MFN))
		return false;
	for (uint32_t j = 0; populate && j < nr; j++)
		set_m2p(MFN(m.n + j), GPFN(pfn + j));
	breathe();

	mfn = m.n;
	if ((populate || r->extent_start.p) && copy_to_guest(r->extent_start, i, &mfn)) {
		/* Nobody would ever know that it has this memory. */
		for (uint32_t j = 0; j < nr; j++) {
			release_frame(d, MFN(m.n + j));
			if (j % FRAMES_A_BREATH == 0)
				breathe();
		}
		return false;
	}
	return true;
}

uint32_t reservation_pieces(const struct xen_memory_reservation *r)
{
	return r->extent_order > PIECE_ORDER && r->extent_order <= MAX_EXTENT_ORDER
		       ? r->extent_order - PIECE_ORDER
		       : 0;
}

int32_t reservation(struct domain *d, uint32_t cmd, const struct xen_memory_reservation *r,
		    uint32_t start)
{
	const uint32_t pieces = reservation_pieces(r), first = start >> pieces;
	uint32_t i, next = start & ((1U << pieces) - 1);

	if (!TRUST_CHECK(5, 2, r->extent_order <= max_extent_order(current->domain)))
		return first;
	for (i = first; i < r->nr_extents; i++) {
		bool ok, again = false;

		if (i != first && preempt_needed())
			return i << pieces | RESERVATION_PREEMPTED;
		ok = cmd == XENMEM_decrease_reservation
			     ? decrease(d, r, i, &next, &again)
			     : increase(d, r, i, cmd == XENMEM_populate_physmap, &again);
		if (again) /* what was scrubbed by now stays so: the next run has less to do */
			return i << pieces | next | RESERVATION_PREEMPTED;
		if (!ok)
			break;
	}
	return i;
}
