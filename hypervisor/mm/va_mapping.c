/* SPDX-License-Identifier: MIT */
/*
 * update_va_mapping: the entry that maps one address, and a flush, in one call.
 * It is what a kernel does most often after a page fault.
 */
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"
#include "x86.h"

/*
 * CPUs that run the VCPUs of a guest's bitmap, 32 bits at that address.  All
 * VCPUs of a domain share the processors in dirty_cpus, so any bit stands for
 * all of them.  -XEN_EFAULT when it cannot be read.
 */
int vcpu_bitmap_to_cpus(struct domain *d, gva_t bitmap, uint32_t *cpus)
{
	uint32_t bits;

	*cpus = 0;
	if (!guest_words_ok(d, bitmap, sizeof(bits)) || !get_guest_word(&bits, bitmap))
		return -XEN_EFAULT;
	if (bits & ((1U << d->nr_vcpus) - 1))
		*cpus = d->mm.dirty_cpus;
	return 0;
}

/* flags: UVMF_*, perhaps with a VCPU bitmap's address in the upper bits; -XEN_EFAULT: it is none. */
static __attribute__((noinline)) int flush_where(struct domain *d, gva_t va, uint32_t flags)
{
	uint32_t type = flags & UVMF_FLUSHTYPE_MASK, where = flags & ~UVMF_FLUSHTYPE_MASK, cpus;
	int rc = 0;

	if (type != UVMF_TLB_FLUSH && type != UVMF_INVLPG)
		return 0;
	if (where == UVMF_LOCAL)
		cpus = 1U << this_cpu()->id;
	else if (where == UVMF_ALL)
		cpus = d->mm.dirty_cpus;
	else
		rc = vcpu_bitmap_to_cpus(d, GVA(where), &cpus);

	if (type == UVMF_TLB_FLUSH)
		TRUST_EFFECT(9, 109, flush_tlb_mask(cpus));
	else
		TRUST_EFFECT(9, 110, flush_tlb_one_mask(cpus, va.a));
	return rc;
}

static inline int flush(struct domain *d, gva_t va, uint32_t flags)
{
	if (likely(flags == (UVMF_INVLPG | UVMF_LOCAL)))
		TRUST_EFFECT(9, 108, invlpg(va.a));
	else if (flags)
		return flush_where(d, va, flags);
	return 0;
}

/* The flush is done all the same: the caller may count on it. */
static __attribute__((noinline)) int refused(struct domain *d, gva_t va, uint32_t flags, int rc)
{
	spin_unlock(&d->mm.lock);
	flush(d, va, flags);
	return trace_error(rc);
}

#define UPDATE_LATER 1 /* an earlier call's work is not done yet: run this one again */

static inline __attribute__((always_inline)) int32_t update(gva_t va, uint32_t low, uint32_t high,
							    uint32_t flags, struct domain *pg_owner)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	struct page_info *table;
	int rc = -XEN_EINVAL;
	const pte_t *slot;

	if (unlikely(va.a >= guest_range_end(d)))
		return trace_error(-XEN_EINVAL);

	spin_lock(&d->mm.lock);
	if (unlikely(v->mm.old_table && finish_old_table(v))) {
		spin_unlock(&d->mm.lock);
		return UPDATE_LATER;
	}
	if (likely(guest_l1_slot(v, va, &table, &slot)))
		rc = l1_update(table, slot, low, high, d, pg_owner);
	if (unlikely(rc))
		return refused(d, va, flags, rc);
	spin_unlock(&d->mm.lock);
	rc = flush(d, va, flags);
	return likely(!rc) ? 0 : trace_error(rc);
}

/*
 * va: address, low, high: entry, flags: UVMF_*.  -XEN_EINVAL: no L1 there, or a bad entry, or as
 * get_l1_entry() says; -XEN_EFAULT: the entry is there, but the flush named no VCPUs.
 */
int32_t do_update_va_mapping(gva_t va, uint32_t low, uint32_t high, uint32_t flags)
{
	int32_t rc = update(va, low, high, flags, current->domain);

	if (likely(rc != UPDATE_LATER))
		return rc;
	return hypercall_continue(__HYPERVISOR_update_va_mapping, 4, va.a, low, high, flags);
}

/* domid: whose frame the entry maps. */
int32_t do_update_va_mapping_otherdomain(gva_t va, uint32_t low, uint32_t high, uint32_t flags,
					 uint32_t domid)
{
	struct domain *pg_owner;
	int32_t rc = resolve_page_owner(domid, &pg_owner);

	if (rc)
		return trace_error(rc);
	rc = update(va, low, high, flags, pg_owner);
	put_page_owner(pg_owner);
	if (rc != UPDATE_LATER)
		return rc;
	return hypercall_continue(__HYPERVISOR_update_va_mapping_otherdomain, 4, va.a, low, high,
				  flags);
}
