/* SPDX-License-Identifier: MIT */
/*
 * The end of a domain's memory (TRUST 27): what its VCPUs hold, then, frame by
 * frame, pins, work left half done, and the domain's own reference.  A frame
 * that somebody else still maps stays until that mapping goes.
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "unit.h"

#define FRAMES_BETWEEN_CHECKS 4096

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

/*
 * None of the domain's VCPUs runs again and none of its tables is loaded.
 * -XEN_ERESTART: call again.
 */
static int mm_domain_relinquish(struct domain *d)
{
	int rc = 0;

	audit_give_up(d);
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (d->vcpus[i])
			release_vcpu(d->vcpus[i]);

	spin_lock(&d->mm.lock);
	while (d->mm.relinquish_next < max_mfn) {
		struct page_info *p = mfn_to_page(MFN(d->mm.relinquish_next));

		if (p->count && p->owner == d)
			rc = release_frame(d, p);
		if (rc)
			break;
		d->mm.relinquish_next++;
		if (!(d->mm.relinquish_next % FRAMES_BETWEEN_CHECKS) && mm_preempt()) {
			rc = -XEN_ERESTART;
			break;
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
