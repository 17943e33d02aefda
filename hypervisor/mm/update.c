/* SPDX-License-Identifier: MIT */
/*
 * An entry changes: decide, then perform.
 *
 *	decide    looks at what is there and at what is wanted, checks all that has
 *	          to be checked, and takes what the new entry will hold (that is how
 *	          counting checks).  Its answer is an enum change, or why not.
 *	perform   stores, carries the entry to the copies there are of it, and
 *	          gives back what was there.  It cannot fail.
 *
 * So there is nothing to unwind, and one place to hook in (entry_store.h).
 * Mappings, grants, trapped stores and moves of mappings all come through here,
 * or through l1_update(), which is the same with the first tests for an L1 inlined.
 */
#include "domain/domain.h"
#include "internal.h"
#include "l1_entry.h"

/* *new: what is wanted, and, when it comes back, what is to be stored. */
static int decide(struct page_info *table, const pte_t *slot, pte_t *new, struct domain *d,
		  struct domain *pg_owner)
{
	switch (table->type & PGT_type_mask) {
	case PGT_l1:
		return decide_l1(slot, pte_low(*new), pte_high(*new), d, pg_owner);
	case PGT_l2:
		return decide_l2(table, entry_index(slot), *slot, new, d);
	case PGT_l3:
		return decide_l3(entry_index(slot), *new, d);
	default:
		return -XEN_EINVAL; /* no table: whoever asks should have seen */
	}
}

/* Store into an L2 or L3 and its copies: before what was there may become anything else. */
static pte_t store(struct page_info *table, const pte_t *slot, pte_t new, uint32_t keep,
		   struct domain *d)
{
	uint32_t index = entry_index(slot);
	pte_t old = entry_exchange(slot, new, keep), now = PTE(new.v | (old.v & keep));

	if ((table->type & PGT_type_mask) == PGT_l3)
		TRUST_EFFECT(9, 101, l3_entry_changed(d, page_to_mfn(table), index, now));
	else if (unlikely(table->type & PGT_top) && unlikely(has_view(slot - index)))
		TRUST_EFFECT(4, 104, view_store(slot - index, index, now));
	return old;
}

static void perform(struct page_info *table, const pte_t *slot, int what, pte_t new, uint32_t keep,
		    struct domain *d)
{
	uint32_t type = table->type & PGT_type_mask;
	pte_t old;

	if (type == PGT_l1) {
		perform_l1(table, slot, what, pte_low(new), pte_high(new), d, keep);
		return;
	}
	old = store(table, slot, new, keep, d);
	if (what != CHANGE_BITS && old.v & PTE_P) {
		if (type == PGT_l2)
			put_l2_entry(table, old);
		else
			put_l3_entry(old);
	}
	entry_stored(d, table);
}

int entry_update(struct page_info *table, const pte_t *slot, pte_t new, uint32_t keep,
		 struct domain *d, struct domain *pg_owner)
{
	int what = decide(table, slot, &new, d, pg_owner);

	if (what < 0)
		return what;
	perform(table, slot, what, new, keep, d);
	return 0;
}
