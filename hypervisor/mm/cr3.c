/* SPDX-License-Identifier: MIT */
/*
 * What the processor runs from.
 *
 *	guest's L3 (a frame, anywhere)   v->l3_shadow      this_cpu()->l3
 *	+----+----+----+----+            +----+...         +----+...   <- CR3
 *	|    |    |    | top|  --------> |    |   -------> |    |
 *	+----+----+----+----+ validated  +----+  loaded    +----+
 *
 * The copy lies below 4 GiB, where CR3 can reach it, and holds nothing but
 * frame and present bit.  load_cr3() is the only place that loads a guest's.
 */
#include "entry_store.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "lib.h"

static bool has_cr3(const struct vcpu *v)
{
	return v->mm.guest_cr3.n && !mfn_eq(v->mm.guest_cr3, INVALID_MFN);
}

/*
 * Run from v's tables, or from none but the hypervisor's when v has none.
 * Caller: v is, or becomes, this CPU's current; interrupts are off.
 */
void load_cr3(struct vcpu *v)
{
	static struct domain *loaded[MAX_CPUS];
	struct cpu *c = this_cpu();
	struct domain *d = v->domain;
	const pte_t *from = v->mm.l3_shadow;
	const uint32_t *is;
	uint32_t *to; /* in halves, as everywhere */
	pte_t none[4];

	if (unlikely(!has_cr3(v))) {
		memset(none, 0, sizeof(none));
		none[3] = PTE(hv_va_to_paddr(idle_top_l2) | PTE_P);
		from = none;
		d = NULL;
	}
	to = (uint32_t *)c->l3;
	is = (const uint32_t *)from;
#pragma GCC unroll 6
	for (uint32_t i = 0; i < 6; i++)
		to[i] = is[i];
	/* We stand on this one, and some processors look at it any time: in one piece. */
	if (unlikely(to[6] != is[6] || to[7] != is[7]))
		entry_exchange(&c->l3[3], from[3], 0);

	if (loaded[c->id] != d) {
		if (loaded[c->id])
			loaded[c->id]->mm.dirty_cpus &= ~(1U << c->id);
		if (d)
			TRUST_EFFECT(9, 111, d->mm.dirty_cpus |= 1U << c->id);
		loaded[c->id] = d;
	}
	TRUST_EFFECT(9, 104, flush_tlb_local());
}

void l3_entry_changed(struct domain *d, mfn_t l3, uint32_t index, pte_t e)
{
	for (uint32_t i = 0; i < MAX_VCPUS; i++) {
		struct vcpu *v = d->vcpus[i];

		if (!v || !mfn_eq(v->mm.guest_cr3, l3))
			continue;
		TRUST_EFFECT(9, 102,
			     v->mm.l3_shadow[index] = e.v & PTE_P ? PTE(e.v & L3_LOADED_BITS)
								  : PTE(0));
		/* The processor has its own copy of the entry until CR3 is loaded (XSA-286). */
		if (!TRUST_CHECK(9, 1, v != current))
			load_cr3(v);
	}
}

static void copy_l3(struct vcpu *v, mfn_t l3)
{
	const uint32_t low = pte_low(PTE(L3_LOADED_BITS)), high = pte_high(PTE(L3_LOADED_BITS));
	const pte_t *t = map_table(l3);

#pragma GCC unroll 4
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t present = -(pte_low(t[i]) & (uint32_t)PTE_P);

		v->mm.l3_shadow[i] = PTE((uint64_t)(pte_high(t[i]) & present & high) << 32 |
					 (pte_low(t[i]) & present & low));
	}
}

/*
 * get_page_and_type() of an L3.  One in use stays so while the lock is held, so there
 * is nothing to take but the count; what is none yet goes the long way.
 */
static int get_l3(struct page_info *p, struct domain *d)
{
	uint32_t x;
	int rc;

	if (unlikely(!get_page_fast(p, d)))
		return -XEN_EINVAL;
	x = READ_ONCE(p->type);
	if (likely(TRUST_CHECK(4, 11,
			       (x & (PGT_type_mask | PGT_validated | PGT_partial)) ==
				       (PGT_l3 | PGT_validated))) &&
	    likely((x & PGT_count_mask) < PGT_count_mask) && cmpxchg32(&p->type, x, x + 1))
		return 0;
	rc = get_page_type(p, PGT_l3);
	if (rc)
		TRUST_EFFECT(6, 125, put_page_fast(p));
	return rc;
}

/* put_or_defer(), of which little is left where somebody else holds the table, or a pin. */
static void put_l3(struct page_info *p)
{
	uint32_t x = READ_ONCE(p->type);

	if (likely((x & PGT_count_mask) > 1) && cmpxchg32(&p->type, x, x - 1))
		put_page_fast(p);
	else
		put_or_defer(p);
}

/*
 * v's page tables are l3 from now on.  The domain's mm_lock is held.
 * 0; -XEN_EINVAL when l3 is no L3 of this domain; -XEN_ERESTART: call again.
 */
int new_guest_cr3(struct vcpu *v, mfn_t l3)
{
	struct domain *d = v->domain;
	mfn_t old = v->mm.guest_cr3;
	bool had_cr3 = has_cr3(v);
	int rc;

	if (had_cr3 && mfn_eq(old, l3)) {
		/* What the processor runs from is up to date (l3_entry_changed): only flush. */
		if (v == current)
			TRUST_EFFECT(9, 107, flush_tlb_local());
		return 0;
	}
	if (!mfn_valid(l3))
		return -XEN_EINVAL;
	rc = get_l3(mfn_to_page(l3), d);
	if (rc)
		return rc;
	copy_l3(v, l3);
	v->mm.guest_cr3 = l3;
	if (v == current)
		load_cr3(v);
	if (had_cr3)
		TRUST_EFFECT(6, 124, put_l3(mfn_to_page(old)));
	return 0;
}
