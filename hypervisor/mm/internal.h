/* SPDX-License-Identifier: MIT */
/*
 * What the files of this room share and nobody else needs: the references that
 * are taken on every page-table update, inlined, and the functions of one
 * level that the next one calls.
 */
#ifndef RINGONE_MM_INTERNAL_H
#define RINGONE_MM_INTERNAL_H

#include "domain/domain.h"
#include "mm.h"
#include "trust.h"

/* ---- which bits an entry may have (mm/entry.c) ---- */

extern uint64_t l1_forbidden, l2_forbidden, l3_forbidden; /* in a present entry */
extern uint32_t l1_forbidden_high;                        /* upper half of l1_forbidden */
extern uint64_t l1_harmless, l2_harmless; /* may change without looking at the frame again */
void entry_masks_init(uint64_t nx, uint32_t phys_bits);
uint32_t physical_address_bits(void); /* mm/paging.c */
#define PTE_CACHE_ATTRS (PTE_PWT | PTE_PCD | PTE_PAT)

/* May this domain map a frame that is not RAM? */
bool io_frame_ok(const struct domain *d, mfn_t m);

/* Owners that are no domains: they hold no locks, references or tables. */
static inline bool is_no_domain(const struct domain *d)
{
	return d == &dom_io || d == &dom_xen;
}

/* A frame whose mappings are not counted, because it is not RAM. */
static inline bool frame_is_io(mfn_t m)
{
	return !mfn_valid(m) || mfn_to_page(m)->owner == &dom_io;
}

/* ---- stale translations (mm/tlb.c) ---- */

/*
 * A clock that ticks with every full flush.  A frame that loses its last type
 * reference is stamped with the clock; no CPU that has flushed since can still
 * hold a translation of it.
 */
extern uint32_t tlb_clock;
void tlb_tick(void);
bool tlb_stale(uint32_t stamp);
#define TLB_STAMP_FRESH (tlb_clock - 1) /* of a frame that nothing translates to */

/* The same for a new frame of d, which to a log of what changes is as if just written to. */
static inline uint32_t fresh_stamp(const struct domain *d)
{
	return d && TRUST_WHEN(27, 113, d->mm.dirty.on) ? tlb_clock : TLB_STAMP_FRESH;
}

/* ---- references (mm/page.c has the long forms and the rules) ---- */

static inline bool get_page_fast(struct page_info *p, const struct domain *d)
{
	uint32_t c = READ_ONCE(p->count);

	do {
		/* Free (nothing to refer to), or the counter would overflow. */
		if (unlikely(((c + 1) & PGC_count_mask) <= 1))
			return false;
	} while (!__atomic_compare_exchange_n(&p->count, &c, c + 1, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	/* Only now does the frame hold still: ask whose it is. */
	if (likely(TRUST_CHECK(7, 1, p->owner == d)))
		return true;
	put_page(p);
	return false;
}

void page_last_put(struct page_info *p);

/* The bits above the count go before the reference that they stand for: the last one leaves 0. */
static inline void put_page_fast(struct page_info *p)
{
	if (unlikely(!__atomic_sub_fetch(&p->count, 1, __ATOMIC_SEQ_CST)))
		page_last_put(p);
}

static inline int get_writable(struct page_info *p)
{
	uint32_t x = READ_ONCE(p->type);

	/* Writable already, if only with count 0: nothing changes but the count. */
	if (likely(x - (PGT_writable | PGT_validated) < PGT_count_mask) &&
	    cmpxchg32(&p->type, x, x + 1))
		return 0;
	return get_page_type(p, PGT_writable);
}

static inline void put_writable(struct page_info *p)
{
	uint32_t x = READ_ONCE(p->type);

	do {
		if (unlikely(x == (PGT_writable | PGT_validated | 1)))
			TRUST_EFFECT(3, 108, p->tlb_stamp = tlb_clock);
	} while (!__atomic_compare_exchange_n(&p->type, &x, x - 1, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
}

/* ---- partial work (mm/page.c) ---- */

int put_page_type_preemptible(struct page_info *p); /* -XEN_ERESTART: left partial */
int finish_partial(struct page_info *p);  /* take a partial table apart: 0 or -XEN_ERESTART */
int finish_half(struct page_info *child); /* of a HALF entry: likewise */
void put_or_defer(struct page_info *p);   /* type and reference; the rest to old_table */
int get_child_type(struct page_info *p, uint32_t type); /* get_page_type, but defers nothing */
void defer_partial(struct page_info *p);                /* current's old_table takes it over */
bool mm_preempt(void);                                  /* something else is due (never at boot) */

/* ---- one level each ---- */

/* The validate functions find p's type set, count 1, `validated` saying where to start. */
int l1_validate(struct page_info *p);
void l1_devalidate(struct page_info *p);
int l2_validate(struct page_info *p);
int l2_devalidate(struct page_info *p);
int l3_validate(struct page_info *p);
int l3_devalidate(struct page_info *p);
int seg_desc_validate(struct page_info *p);
void audit_give_up(struct domain *d); /* mm/audit.c: of whatever is left of one */
uint32_t heap_audit(void);
void seg_desc_unmapped(struct page_info *p);

/*
 * The one way in which an entry of a validated table changes: decide, then
 * perform (mm/update.c).  The table is d's, mapped at `slot`, and d's mm_lock is
 * held.  keep: bits that stay as the processor left them.  pg_owner: whose frames
 * an L1 may map.  Nothing is changed when an error is returned; -XEN_ERESTART: an
 * L2 under an L3 is only half validated yet, ask again.
 */
int entry_update(struct page_info *table, const pte_t *slot, pte_t new, uint32_t keep,
		 struct domain *d, struct domain *pg_owner);

/* Of a level: decide (*new is what is to be stored then), and give back what was there. */
int decide_l2(struct page_info *table, uint32_t index, pte_t old, pte_t *new, struct domain *d);
void put_l2_entry(struct page_info *table, pte_t old);
int decide_l3(uint32_t index, pte_t new, struct domain *d);
void put_l3_entry(pte_t old);

/* First slot of a top L2 that is the hypervisor's. */
static inline uint32_t top_l2_limit(const struct domain *d)
{
	return d->classic ? CLASSIC_FIRST_SLOT : HOLE_FIRST_SLOT;
}
void top_l2_clear(struct domain *d, const pte_t *top_l2);

/* ---- mm/topview.c; top_l2: a top L2, mapped.  The domain's mm_lock is held ---- */

mfn_t view_show(struct domain *d, struct page_info *top);
void view_fill(struct domain *d, const pte_t *top_l2);
void view_store(const pte_t *top_l2, uint32_t index, pte_t e); /* it has one */
void view_release(const pte_t *top_l2);
void view_forget(
	const pte_t *top_l2); /* what stands in the partner's place is the guest's own writing */
pte_t view_entry_as_written(pte_t e);
void view_gone(struct page_info *p);

#define VIEW_SLOT 511 /* of the hole's last two megabytes, which nothing is mapped at */
static inline bool has_view(const pte_t *top_l2)
{
	return pte_high(top_l2[VIEW_SLOT]) != 0;
}

static inline bool is_view(const struct page_info *p)
{
	return (p->type & PGT_type_mask) == PGT_view;
}

/* L3 entries were changed: bring the VCPUs that run from this L3 up to date. */
void l3_entry_changed(struct domain *d, mfn_t l3, uint32_t index, pte_t e);
#define L3_LOADED_BITS (PTE_P | PTE_ADDR_MASK)

/* CPUs to flush for a guest's bitmap of VCPUs. */
int vcpu_bitmap_to_cpus(struct domain *d, gva_t bitmap, uint32_t *cpus);

/* gdt.c: descriptor pages of v's LDT leave its window; mm_lock held. */
void ldt_unmap_all(struct vcpu *v);
/* Truncate *desc in place so that a guest may load it, or refuse it. */
bool descriptor_fixup(const struct domain *d, uint64_t *desc);

/* topl2.c: per-domain L1 of the windows */
int domain_paging_init(struct domain *d);
void domain_paging_destroy(struct domain *d);

/*
 * Whose frames a call may map: DOMID_SELF, the caller, DOMID_IO, for the
 * privileged any domain and DOMID_XEN; an error otherwise.  Give it back with put_page_owner().
 */
int resolve_page_owner(uint32_t domid, struct domain **owner);
void put_page_owner(struct domain *owner);

#endif
