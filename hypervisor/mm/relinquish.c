/* SPDX-License-Identifier: MIT */
/*
 * The end of a domain's memory (TRUST 27): what its VCPUs hold, then, frame by
 * frame, pins, work left half done, and the domain's own reference.  A frame
 * that somebody else still maps stays until that mapping goes.  Nobody lists a
 * domain's frames; looked at are the spans of memory in which it ever had one.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "unit.h"

#define FRAMES_BETWEEN_CHECKS 4096
#define A_RELEASE             8 /* one that is d's takes as long as so many that are not */

/* A reference and a type; a table that cannot be finished now is left partial, to be found below. */
static void drop(struct page_info *p)
{
	put_page_type_preemptible(p);
	put_page(p);
}

static void release_vcpu(struct vcpu *v)
{
	struct domain *d = v->domain;

	set_gdt(v, NULL, 0);
	spin_lock(&d->mm.lock);
	ldt_unmap_all(v);
	if (v->mm.old_table)
		put_page(v->mm.old_table);
	v->mm.old_table = NULL;
	if (v->mm.guest_cr3.n && !mfn_eq(v->mm.guest_cr3, INVALID_MFN))
		drop(mfn_to_page(v->mm.guest_cr3));
	v->mm.guest_cr3 = INVALID_MFN;
	spin_unlock(&d->mm.lock);
}

static int release_frame(struct domain *d, struct page_info *p)
{
	int rc;

	/* A page of ours that was shared with it is the heap's to free. */
	if (p->count & PGC_heap || !get_page(p, d))
		return 0;
	if (__atomic_fetch_and(&p->type, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned)
		drop(p);
	rc = finish_partial(p);
	if (!rc && __atomic_fetch_and(&p->count, ~PGC_allocated, __ATOMIC_SEQ_CST) & PGC_allocated)
		put_page(p);
	put_page(p);
	return rc;
}

/* None of its frames ever lay in the span around mfn. */
static bool none_here(const struct domain *d, uint32_t mfn)
{
	return !d->mm.spans || !(d->mm.spans[mfn / SPAN / 32] >> mfn / SPAN % 32 & 1);
}

/* The first frame from mfn on that is d's, or end. */
static uint32_t first_of(const struct domain *d, uint32_t mfn, uint32_t end)
{
	const struct page_info *p = mfn_to_page(MFN(mfn)), *last = p + (end - mfn);

	while (p < last && !(p->owner == d && p->count))
		p++;
	return end - (last - p);
}

/*
 * None of the domain's VCPUs runs again and none of its tables is loaded.
 * -XEN_ERESTART: call again.
 */
static int mm_domain_relinquish(struct domain *d)
{
	uint32_t looked = 0;
	int rc = 0;

	audit_give_up(d);
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (d->vcpus[i])
			release_vcpu(d->vcpus[i]);

	spin_lock(&d->mm.lock);
	while (!rc && d->mm.relinquish_next < max_mfn) {
		uint32_t *next = &d->mm.relinquish_next, from = *next;
		uint32_t end = MIN((from | (SPAN - 1)) + 1, max_mfn);
		bool none = none_here(d, from);

		*next = none ? end : first_of(d, from, end);
		looked += none ? 1 : *next - from + 1;
		if (*next < end) {
			rc = release_frame(d, mfn_to_page(MFN(*next)));
			looked += A_RELEASE;
			*next += !rc;
		}
		if (!rc && looked >= FRAMES_BETWEEN_CHECKS) {
			looked = 0;
			rc = mm_preempt() ? -XEN_ERESTART : 0;
		}
	}
	spin_unlock(&d->mm.lock);
	return rc;
}

/* Its frames hold it, all together, and each view of a top L2. */
static uint32_t mm_domain_refs(const struct domain *d)
{
	return (d->mm.nr_pages != 0) + d->mm.nr_views;
}

UNIT(mm, .domain_create = domain_paging_init, .domain_relinquish = mm_domain_relinquish,
     .domain_destroy = domain_paging_destroy, .audit = heap_audit, .domain_refs = mm_domain_refs);
