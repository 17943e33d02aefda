/* SPDX-License-Identifier: MIT */
/*
 * The entries of an L1, inline: what mmu_update, update_va_mapping and a
 * trapped store do for nearly every entry that a kernel writes.
 *
 * An entry is passed in halves, as the guest's call brings it: 64-bit values
 * cost two registers of the six there are.  Everything here is a whitelist.
 * What is not plainly ordinary (another domain's frame, hardware, a first type
 * reference, an error) is decided by get_l1_entry(), in l1.c.
 */
#ifndef RINGONE_MM_L1_ENTRY_H
#define RINGONE_MM_L1_ENTRY_H

#include "entry_store.h"
#include "internal.h"

#define PTE_LOW_P  ((uint32_t)PTE_P)
#define PTE_LOW_RW ((uint32_t)PTE_RW)
/* May change without a look at the frame: the low half of l1_harmless, which is a constant. */
#define L1_HARMLESS_LOW ((uint32_t)(PTE_A | PTE_D | PTE_US | PTE_AVAIL))
#define MAX_HIGH        0xfff /* of a machine address, its upper half: a frame number has 32 bits */
/* In an entry like this there is something to decide. */
#define L1_UNUSUAL ((uint32_t)(PTE_G | PTE_CACHE_ATTRS))

/* The frame of an entry whose upper half passed l1_forbidden: NX falls out at the top. */
static inline mfn_t halves_mfn(uint32_t low, uint32_t high)
{
#ifdef __i386__
	/* What a compiler makes of the shift goes through memory. */
	__asm__("shrd %2, %1, %0" : "+r"(low) : "r"(high), "i"(PAGE_SHIFT) : "cc");
	return MFN(low);
#else
	return MFN(high << (32 - PAGE_SHIFT) | low >> PAGE_SHIFT);
#endif
}

/* A validated L1 of d?  Then it is in use as one, and its owner has not changed since. */
static inline bool is_l1(const struct domain *d, mfn_t m)
{
	const struct page_info *p = mfn_to_page(m);

	return mfn_valid(m) && p->owner == d &&
	       (p->type & (PGT_type_mask | PGT_validated)) == (PGT_l1 | PGT_validated);
}

/*
 * Take what a present entry will hold when its frame is RAM of pg_owner and,
 * to be mapped writable, is so already.  False: nothing was taken, ask
 * get_l1_entry().
 */
static inline __attribute__((always_inline)) bool get_l1_plain(uint32_t low, uint32_t high,
							       const struct domain *pg_owner)
{
	struct page_info *p = mfn_to_page(halves_mfn(low, high));
	uint32_t c, t;

	if (unlikely(!TRUST_CHECK(1, 60, !(low & L1_UNUSUAL))) ||
	    unlikely(!mfn_valid(halves_mfn(low, high))) ||
	    unlikely(!TRUST_CHECK(1, 62, !(high & l1_forbidden_high))))
		return false;
	/* Allocated, and the count neither 0 nor at its end. */
	c = READ_ONCE(p->count);
	if (unlikely(c - (PGC_allocated | 1) >= PGC_count_mask - 1 ||
		     !cmpxchg32(&p->count, c, c + 1)))
		return false;
	/* Only now does the frame hold still: ask whose it is. */
	if (unlikely(!TRUST_CHECK(7, 60, p->owner == pg_owner)))
		goto put;
	if (!(low & PTE_LOW_RW))
		return true;
	t = READ_ONCE(p->type);
	if (likely(TRUST_CHECK(1, 61, t - (PGT_writable | PGT_validated) < PGT_count_mask) &&
		   cmpxchg32(&p->type, t, t + 1)))
		return true;
put:
	TRUST_EFFECT(6, 118, put_page_fast(p));
	return false;
}

_Static_assert((int32_t)PGT_seg_desc < 0, "put_l1_entry() asks for the sign");

/* Give back what a present entry held. */
static inline __attribute__((always_inline)) void put_l1_entry(uint32_t low, uint32_t high)
{
	mfn_t m = halves_mfn(low, high);
	struct page_info *p = mfn_to_page(m);

	if (unlikely(!mfn_valid(m) || p->owner == &dom_io))
		return;
	if (low & PTE_LOW_RW)
		put_writable(p);
	else if (unlikely((int32_t)p->type < 0))
		seg_desc_unmapped(p);
	put_page_fast(p);
}

int get_l1_entry(pte_t e, struct domain *d, struct domain *pg_owner);
int decide_l1_rights(uint32_t low, uint32_t high, const struct domain *pg_owner);
void perform_l1_rights(const pte_t *slot, int what, uint32_t low, uint32_t high, uint32_t keep);

/*
 * Decide: what does it come to when these halves replace the entry at `slot` of
 * an L1 of d?  What the new entry will hold has been taken then, and nothing
 * when it is refused.  pg_owner: whose frames may be mapped.
 */
static inline __attribute__((always_inline)) int
decide_l1(const pte_t *slot, uint32_t low, uint32_t high, struct domain *d, struct domain *pg_owner)
{
	const uint32_t *half = (const uint32_t *)slot;
	uint32_t old, other;
	int rc;

	if (unlikely(!(low & PTE_LOW_P)))
		return CHANGE_CLEAR;
	old = READ_ONCE(half[0]);
	if (likely(old & PTE_LOW_P) && likely(half[1] == high)) {
		/* Whitelist, so that a bit nobody thought of goes the long way (TRUST 2, XSA-182). */
		other = (low ^ old) & ~L1_HARMLESS_LOW;
		if (TRUST_CHECK(2, 60, !other))
			return CHANGE_BITS;
		if (unlikely(other == PTE_LOW_RW))
			return decide_l1_rights(low, high, pg_owner);
	}
	if (unlikely(!get_l1_plain(low, high, pg_owner))) {
		rc = get_l1_entry(PTE((uint64_t)high << 32 | low), d, pg_owner);
		if (rc)
			return rc;
	}
	return CHANGE_ENTRY;
}

/* Perform: store what was decided upon, and give back what was there before. */
static inline __attribute__((always_inline)) void perform_l1(struct page_info *table,
							     const pte_t *slot, int what,
							     uint32_t low, uint32_t high,
							     struct domain *d, uint32_t keep)
{
	uint32_t old, old_high = ((const uint32_t *)slot)[1];

	if (unlikely(what > CHANGE_BITS)) {
		perform_l1_rights(slot, what, low, high, keep);
	} else {
		old = entry_store_l1(slot, what, low, high, old_high, keep);
		if (what == CHANGE_CLEAR && old & PTE_LOW_P) {
			TRUST_EFFECT(6, 114, table->present--);
			TRUST_EFFECT(6, 115, put_l1_entry(old, old_high));
		} else if (what == CHANGE_ENTRY) {
			if (likely(old & PTE_LOW_P))
				TRUST_EFFECT(6, 116, put_l1_entry(old, old_high));
			else
				TRUST_EFFECT(6, 117, table->present++);
		}
	}
	entry_stored(d, table);
}

/*
 * entry_update() for an L1, with what nearly all entries need inlined.  d's
 * mm_lock is held; the entry is given in halves.
 */
static inline __attribute__((always_inline)) int l1_update(struct page_info *table,
							   const pte_t *slot, uint32_t low,
							   uint32_t high, struct domain *d,
							   struct domain *pg_owner)
{
	int what = decide_l1(slot, low, high, d, pg_owner);

	if (unlikely(what < 0))
		return what;
	perform_l1(table, slot, what, low, high, d, 0);
	return 0;
}

/*
 * The slot of the L1 that maps va for v, its domain's mm_lock held, and that L1
 * in *table; false when there is none.  By v->l3_shadow, the guest's own view.
 */
static inline __attribute__((always_inline)) bool
guest_l1_slot(const struct vcpu *v, gva_t va, struct page_info **table, const pte_t **slot)
{
	const uint32_t *e = (const uint32_t *)&v->mm.l3_shadow[va.a >> 30];
	struct page_info *p;
	mfn_t m;

	if (unlikely(!(e[0] & PTE_LOW_P)))
		return false;
	e = map_table(halves_mfn(e[0], e[1]));
	e += (va.a >> 21 & 511) * 2;
	m = halves_mfn(e[0], e[1]);
	if (unlikely(!(e[0] & PTE_LOW_P) || !mfn_valid(m)))
		return false;
	/* In a linear slot there is an L2; behind a slot of ours, nothing of the guest's. */
	p = mfn_to_page(m);
	if (unlikely(!TRUST_CHECK(4, 10,
				  (READ_ONCE(p->type) & (PGT_type_mask | PGT_validated)) ==
					  (PGT_l1 | PGT_validated)) ||
		     p->owner != v->domain))
		return false;
	*table = p;
	*slot = (const pte_t *)map_table(m) + (va.a >> PAGE_SHIFT & 511);
	return true;
}

#endif
