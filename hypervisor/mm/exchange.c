/* SPDX-License-Identifier: MIT */
/*
 * XENMEM_exchange: scattered frames for frames in a row, or the other way
 * round; how a guest gets memory that a device can reach.
 *
 * It goes in chunks, each of which either happens or does not: the larger of
 * the two extent sizes.  First the new frames are taken, then the old ones
 * leave the guest (only if nothing but the guest's ownership refers to them),
 * and only then does anybody see a change.
 */
#include "internal.h"
#include "memory_op.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"

#define FRAMES_A_BREATH 16

/* Frames on their way from one hand to the other, linked through their page_info. */
struct chain {
	uint32_t first;
};
#define CHAIN_END 0xffffffffU

static void chain_add(struct chain *c, struct page_info *p)
{
	p->next_free = c->first;
	c->first = page_to_mfn(p).n;
}

static struct page_info *chain_take(struct chain *c)
{
	struct page_info *p;

	if (c->first == CHAIN_END)
		return NULL;
	p = mfn_to_page(MFN(c->first));
	c->first = p->next_free;
	p->tlb_stamp = tlb_clock; /* the link overwrote it: take the worst */
	return p;
}

struct exchange {
	struct domain *d;
	struct xen_memory_exchange args;
	uint32_t in_per_chunk, out_per_chunk; /* extents */
	struct chain old, new;
};

/*
 * Scrubbing them takes longest: when something is due meanwhile, the call runs
 * again.  But only if that was done, so that there is less to do next time.
 */
static int take_new(struct exchange *x)
{
	uint32_t order = x->args.out.extent_order, limit = address_limit(x->args.out.mem_flags);
	uint32_t scrubbed = frames_scrubbed();

	for (uint32_t j = 0; j < x->out_per_chunk; j++) {
		bool again = false;
		mfn_t m = frames_alloc_for_exchange(x->d, order, limit, &again);

		if (again)
			return -XEN_ERESTART;
		if (mfn_eq(m, INVALID_MFN))
			return -XEN_ENOMEM;
		chain_add(&x->new, mfn_to_page(m));
		breathe(); /* it may have looked at a thousand that lie too high */
		if (work_noted() && frames_scrubbed() - scrubbed >= FRAMES_A_BREATH)
			return -XEN_ERESTART;
	}
	return 0;
}

static int take_old(struct exchange *x, uint32_t chunk)
{
	for (uint32_t j = 0; j < x->in_per_chunk; j++) {
		xen_pfn_t mfn;

		if (copy_from_guest(&mfn, x->args.in.extent_start, chunk * x->in_per_chunk + j))
			return -XEN_EFAULT;
		for (uint32_t k = 0; k < 1U << x->args.in.extent_order; k++) {
			if (!frame_steal(x->d, MFN(mfn + k)))
				return -XEN_EINVAL;
			chain_add(&x->old, mfn_to_page(MFN(mfn + k)));
			if (k % FRAMES_A_BREATH == FRAMES_A_BREATH - 1)
				breathe();
		}
		if (j % FRAMES_A_BREATH == FRAMES_A_BREATH - 1)
			breathe();
	}
	return 0;
}

static void give_back(struct exchange *x)
{
	struct page_info *p;

	while ((p = chain_take(&x->old)))
		__atomic_store_n(&p->count, PGC_allocated | 1, __ATOMIC_SEQ_CST);
	for (uint32_t n = 1; (p = chain_take(&x->new)); n++) {
		for (uint32_t k = 0; k < 1U << x->args.out.extent_order; k++) {
			frame_free_unused(page_to_mfn(p + k));
			if ((n + k) % FRAMES_A_BREATH == 0)
				breathe();
		}
	}
}

/* The point of no return.  An unreadable list leaves frames that belong to no pfn, nothing worse. */
static int commit(struct exchange *x, uint32_t chunk)
{
	uint32_t nr = 1U << x->args.out.extent_order, j = chunk * x->out_per_chunk;
	struct page_info *p;
	int rc = 0;

	for (uint32_t n = 1; (p = chain_take(&x->old)); n++) {
		page_last_put(p);
		if (n % FRAMES_A_BREATH == 0)
			breathe();
	}
	for (; (p = chain_take(&x->new)); j++) {
		xen_pfn_t pfn, mfn = page_to_mfn(p).n;

		if (j % FRAMES_A_BREATH == 0)
			breathe();
		frames_assign(MFN(mfn), nr, x->d);
		/* Where one of it cannot be read the rest is not tried: each would fault. */
		if (rc || copy_from_guest(&pfn, x->args.out.extent_start, j) ||
		    copy_to_guest(x->args.out.extent_start, j, &mfn)) {
			rc = -XEN_EFAULT;
			continue;
		}
		for (uint32_t k = 0; k < nr; k++)
			set_m2p(MFN(mfn + k), GPFN(pfn + k));
	}
	return rc;
}

static int exchange_chunk(struct exchange *x, uint32_t chunk)
{
	int rc;

	x->old.first = CHAIN_END;
	x->new.first = CHAIN_END;
	rc = take_new(x);
	if (!rc)
		rc = take_old(x, chunk);
	if (rc) {
		give_back(x);
		return rc;
	}
	return commit(x, chunk);
}

static int check(struct exchange *x)
{
	const struct xen_memory_reservation *in = &x->args.in, *out = &x->args.out;
	uint32_t max_order = max_extent_order(x->d);
	struct domain *whose;
	int rc;

	if (in->domid != out->domid)
		return -XEN_EINVAL;
	rc = domain_named(x->d, in->domid, &whose);
	if (rc)
		return rc;
	domain_put(whose);
	if (whose != x->d) /* nobody exchanges for another */
		return -XEN_ESRCH;
	if (!TRUST_CHECK(5, 3, in->extent_order <= max_order && out->extent_order <= max_order))
		return -XEN_EPERM;
	if (in->nr_extents > ~0U >> in->extent_order ||
	    out->nr_extents > ~0U >> out->extent_order ||
	    in->nr_extents << in->extent_order != out->nr_extents << out->extent_order)
		return -XEN_EINVAL;
	if (!TRUST_CHECK(5, 4, x->args.nr_exchanged <= in->nr_extents))
		return -XEN_EINVAL;

	x->in_per_chunk = x->out_per_chunk = 1;
	if (in->extent_order < out->extent_order)
		x->in_per_chunk <<= out->extent_order - in->extent_order;
	else
		x->out_per_chunk <<= in->extent_order - out->extent_order;
	return x->args.nr_exchanged % x->in_per_chunk ? -XEN_EINVAL : 0;
}

/*
 * Its nr_exchanged says where a call that runs again carries on; the guest is told
 * how far it came whatever comes of it.
 */
int32_t memory_exchange(struct subop_call *c, struct xen_memory_exchange *a)
{
	struct exchange x = { .d = c->d, .args = *a };
	gva_t done_at = gva_add(c->at, offsetof(struct xen_memory_exchange, nr_exchanged));
	uint32_t chunk, chunks;
	int rc = check(&x);

	if (rc)
		return trace_error(rc);
	chunk = x.args.nr_exchanged / x.in_per_chunk;
	chunks = x.args.in.nr_extents / x.in_per_chunk;
	spin_lock(&x.d->mm.lock);
	for (uint32_t first = chunk; chunk < chunks; chunk++) {
		rc = chunk != first && preempt_needed() ? -XEN_ERESTART : exchange_chunk(&x, chunk);
		if (rc)
			break;
	}
	spin_unlock(&x.d->mm.lock);

	x.args.nr_exchanged = chunk * x.in_per_chunk;
	if (copy_to_guest_raw(done_at, &x.args.nr_exchanged, sizeof(x.args.nr_exchanged)))
		return trace_error(-XEN_EFAULT);
	return rc;
}
