/* SPDX-License-Identifier: MIT */
/*
 * The entries of an L1, inline: what mmu_update, update_va_mapping and a
 * trapped store do for nearly every entry that a kernel writes.
 *
 * An entry is passed in halves, as the guest's call brings it: 64-bit values
 * cost two registers of the six there are.  Everything here is a whitelist.
 * What is not plainly ordinary (another domain's frame, hardware, a first type
 * reference, an error) changes nothing here and is mod_l1_entry()'s, in l1.c.
 */
#ifndef RINGONE_MM_L1_ENTRY_H
#define RINGONE_MM_L1_ENTRY_H

#include "internal.h"

#define PTE_LOW_P  ((uint32_t)PTE_P)
#define PTE_LOW_RW ((uint32_t)PTE_RW)
/* May change without a look at the frame: the low half of l1_harmless, which is a constant. */
#define L1_HARMLESS_LOW ((uint32_t)(PTE_A | PTE_D | PTE_US | PTE_AVAIL))
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

/* Give back what a present entry held. */
static inline __attribute__((always_inline)) void put_l1_entry(uint32_t low, uint32_t high)
{
	mfn_t m = halves_mfn(low, high);
	struct page_info *p = mfn_to_page(m);

	if (unlikely(!mfn_valid(m) || p->owner == &dom_io))
		return;
	if (low & PTE_LOW_RW)
		put_writable(p);
	else if (unlikely((p->type & PGT_type_mask) == PGT_seg_desc))
		seg_desc_unmapped(p);
	put_page_fast(p);
}

/*
 * Write the entry and return the low half of what was there; its upper half is
 * old_high, which nobody but the holder of mm_lock changes.  The processor may
 * set A and D in a present entry until the very moment of the exchange; an
 * entry that is not present it leaves alone, so that one is made in two steps.
 */
static inline __attribute__((always_inline)) uint32_t
set_l1_halves(pte_t *slot, uint32_t low, uint32_t high, uint32_t old_high)
{
	uint32_t *half = (uint32_t *)slot, old = READ_ONCE(half[0]);

	if (unlikely(old_high != high)) {
		if (old & PTE_LOW_P)
			return set_pte(slot, PTE((uint64_t)high << 32 | low), 0).v;
		WRITE_ONCE(half[1], high);
	}
	while (unlikely(!cmpxchg32(half, old, low)))
		old = READ_ONCE(half[0]);
	return old;
}

int mod_l1_writable(pte_t *slot, pte_t new, uint32_t keep, struct domain *pg_owner);

/*
 * Change one entry of the validated L1 `table`, mapped at `slot`, to these
 * halves; d's mm_lock is held, and d owns the table.  0, or the errno of
 * mod_l1_entry(), which see.
 */
static inline __attribute__((always_inline)) int l1_update(struct page_info *table, pte_t *slot,
							   uint32_t low, uint32_t high,
							   struct domain *d,
							   struct domain *pg_owner)
{
	uint32_t *half = (uint32_t *)slot, old = READ_ONCE(half[0]), old_high = half[1], other;

	if (unlikely(!(low & PTE_LOW_P))) {
		/* Once the low half is gone the processor looks at neither. */
		old = __atomic_exchange_n(half, low, __ATOMIC_SEQ_CST);
		WRITE_ONCE(half[1], high);
		if (old & PTE_LOW_P) {
			TRUST_EFFECT(6, 114, table->present--);
			TRUST_EFFECT(6, 115, put_l1_entry(old, old_high));
		}
		return 0;
	}
	if (likely(old & PTE_LOW_P) && likely(old_high == high)) {
		/* Whitelist, so that a bit nobody thought of goes the long way (TRUST 2). */
		other = (low ^ old) & ~L1_HARMLESS_LOW;
		if (TRUST_CHECK(2, 60, !other)) {
			/* Nobody else writes here but the processor: A and D, as it pleases. */
			WRITE_ONCE(half[0], low);
			return 0;
		}
		if (unlikely(other == PTE_LOW_RW))
			return mod_l1_writable(slot, PTE((uint64_t)high << 32 | low), 0, pg_owner);
	}
	if (unlikely(!get_l1_plain(low, high, pg_owner)))
		return mod_l1_entry(table, slot, PTE((uint64_t)high << 32 | low), 0, d, pg_owner);
	old = set_l1_halves(slot, low, high, old_high);
	if (likely(old & PTE_LOW_P))
		TRUST_EFFECT(6, 116, put_l1_entry(old, old_high));
	else
		TRUST_EFFECT(6, 117, table->present++);
	return 0;
}

/*
 * The slot of the L1 that maps va for v, its domain's mm_lock held, and that L1
 * in *table; NULL when there is none.  By v->l3_shadow, the guest's own view.
 */
static inline __attribute__((always_inline)) pte_t *guest_l1_slot(const struct vcpu *v, gva_t va,
								  struct page_info **table)
{
	const uint32_t *e = (const uint32_t *)&v->mm.l3_shadow[va.a >> 30];
	struct page_info *p;
	mfn_t m;

	if (unlikely(!(e[0] & PTE_LOW_P)))
		return NULL;
	e = map_table(halves_mfn(e[0], e[1]));
	e += (va.a >> 21 & 511) * 2;
	m = halves_mfn(e[0], e[1]);
	if (unlikely(!(e[0] & PTE_LOW_P) || !mfn_valid(m)))
		return NULL;
	/* In a linear slot there is an L2; behind a slot of ours, nothing of the guest's. */
	p = mfn_to_page(m);
	if (unlikely(!TRUST_CHECK(4, 10,
				  (p->type & (PGT_type_mask | PGT_validated)) ==
					  (PGT_l1 | PGT_validated)) ||
		     p->owner != v->domain))
		return NULL;
	*table = p;
	return (pte_t *)map_table(m) + (va.a >> PAGE_SHIFT & 511);
}

#endif
