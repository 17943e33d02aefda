/* SPDX-License-Identifier: MIT */
/*
 * What a linear slot shows in the place of a top L2: a view of it.
 *
 * Kernels that map their page tables recursively want to see all four L2 tables
 * (FreeBSD, NetBSD), but the last slots of the top one are ours and not to be
 * shown.  So the slot gets a copy without them:
 *
 *	slot of an L2		 top L2			 its view
 *	+-------+		+----------------+	+----------------+
 *	|  ...  |		| guest's        | ---> | guest's        |
 *	| names | - - wanted -> |       entries  |	|       entries  |
 *	+---|---+		| ours           |	| 0              |
 *	    |			| 511: the view  | -+-> | 511: the top   |
 *	    |			+----------------+	+----------------+
 *	    +--------- got --------------------------^
 *
 * update.c keeps both equal; entries leave the view before what they
 * hold is given back, so the view never names a table that may be something
 * else.  It holds nothing itself.  A frame of type PGT_view is a page table
 * behind read-only slots and nothing else, for as long as anybody refers to it,
 * also when its top has gone and it is empty.  Slot 511 of either is never
 * present, the place where its partner is noted.
 *
 * The guest reads the view's frame in its slot; the M2P says the top's pfn for
 * it, and a table that is taken apart gets the name back that was written.
 */
#include "domain/domain.h"
#include "entry_store.h"
#include "internal.h"
#include "lib.h"

/* Frames that nobody is charged for; a kernel needs one for an address space. */
#define MAX_VIEWS(d) (64 + (d)->mm.nr_pages / 32)

/* Of a top L2 or a view, mapped at t; 0: it has none. */
static mfn_t partner(const pte_t *t)
{
	return MFN(pte_high(t[VIEW_SLOT]));
}

void view_forget(const pte_t *top_l2)
{
	entries_put(&top_l2[VIEW_SLOT], NULL, 1);
}

static void set_partner(const pte_t *t, mfn_t m)
{
	pte_t e = PTE((uint64_t)m.n << 32);

	entries_put(&t[VIEW_SLOT], &e, 1);
}

static mfn_t make_view(struct domain *d, const pte_t *top_l2, mfn_t top)
{
	struct page_info *p;
	const pte_t *t;
	mfn_t m;

	if (!TRUST_CHECK(27, 20, d->mm.nr_views < MAX_VIEWS(d)) || !frames_free_for_domains())
		return INVALID_MFN;
	m = frame_alloc(NULL);
	if (mfn_eq(m, INVALID_MFN))
		return m;
	domain_hold(d);
	__atomic_add_fetch(&d->mm.nr_views, 1, __ATOMIC_SEQ_CST);
	set_m2p(m, GPFN(m2p_rw[top.n]));
	t = map_frame(m);
	set_partner(t, top);
	unmap_frame(t);
	set_partner(top_l2, m);
	p = mfn_to_page(m);
	p->type = PGT_view | PGT_validated | 1;
	p->owner = d;
	/* One reference is the top's; like a page of the heap it is none of the domain's memory. */
	__atomic_store_n(&p->count, PGC_heap | 1, __ATOMIC_SEQ_CST);
	return m;
}

/* The view that a slot gets for the top L2 `p`; takes a reference.  INVALID_MFN: none is to be had. */
mfn_t view_show(struct domain *d, struct page_info *p)
{
	mfn_t top = page_to_mfn(p), m;
	const pte_t *t = map_frame(top);

	m = partner(t);
	if (!m.n) {
		m = make_view(d, t, top);
		/* One that is being validated fills it when it is done. */
		if (!mfn_eq(m, INVALID_MFN) && p->type & PGT_validated)
			view_fill(d, t);
	}
	if (!mfn_eq(m, INVALID_MFN))
		__atomic_add_fetch(&mfn_to_page(m)->count, 1, __ATOMIC_SEQ_CST);
	unmap_frame(t);
	return m;
}

/* All entries of the guest's, when they have been validated. */
void view_fill(struct domain *d, const pte_t *top_l2)
{
	const pte_t *t;

	if (!has_view(top_l2))
		return;
	t = map_frame(partner(top_l2));
	entries_put(t, top_l2, top_l2_limit(d));
	unmap_frame(t);
}

void view_store(const pte_t *top_l2, uint32_t index, pte_t e)
{
	const pte_t *t = map_frame(partner(top_l2));

	entry_exchange(&t[index], e, 0);
	unmap_frame(t);
}

/* The top L2 is no table any more: what still shows its view shows an empty one. */
void view_release(const pte_t *top_l2)
{
	mfn_t m = partner(top_l2);

	if (!m.n)
		return;
	view_forget(top_l2);
	__atomic_and_fetch(&mfn_to_page(m)->count, ~PGC_heap, __ATOMIC_SEQ_CST);
	put_page(mfn_to_page(m));
}

/* The entry as the guest wrote it: with the name of the top. */
pte_t view_entry_as_written(pte_t e)
{
	const pte_t *t = map_frame(pte_mfn(e));

	e.v = (e.v & ~PTE_ADDR_MASK) | (uint64_t)partner(t).n << PAGE_SHIFT;
	unmap_frame(t);
	return e;
}

/* The last reference to a view is being put. */
void view_gone(struct page_info *p)
{
	struct domain *d = p->owner;

	p->type = 0;
	p->owner = NULL;
	__atomic_sub_fetch(&d->mm.nr_views, 1, __ATOMIC_SEQ_CST);
	domain_put(d);
}
