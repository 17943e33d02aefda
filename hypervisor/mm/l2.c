/* SPDX-License-Identifier: MIT */
/*
 * L2 tables: entries that hold L1 tables, or another L2.
 *
 * The latter is a linear (recursive) page table: an L2 that stands where an L1
 * is expected shows a kernel its own L1 tables as memory.  It must be mapped
 * read-only; an L2 that points to others is not pointed to, so that no chain
 * forms (XSA-240); and a top L2 is never shown, its last slots are ours: a view
 * of it is, which holds nothing (topview.c).  An entry that points to its own
 * table holds nothing either.
 */
#include "entry_store.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

#define MAX_LINEAR 0x4000

static bool is_linear(const struct page_info *child)
{
	return (child->type & PGT_type_mask) == PGT_l2;
}

/* The entry gets a view of the top L2 it names, and the reference to that. */
static int get_view(struct page_info *top, pte_t *e, struct domain *d)
{
	mfn_t m = view_show(d, top);

	if (mfn_eq(m, INVALID_MFN))
		return -XEN_ENOMEM;
	e->v = (e->v & ~PTE_ADDR_MASK) | (uint64_t)m.n << PAGE_SHIFT;
	put_page_fast(top);
	return 0;
}

/* Entry of `table` wants to show L2 `child`; a reference to child is held. */
static int get_linear(struct page_info *table, struct page_info *child, pte_t *e, struct domain *d)
{
	int rc;

	if (!TRUST_CHECK(4, 2, !(e->v & PTE_RW)))
		return -XEN_EINVAL;
	if (!TRUST_CHECK(4, 3, !(child->type & PGT_top)))
		return get_view(child, e, d);
	if (child == table)
		return 0;
	if (!TRUST_CHECK(4, 4, table->linear <= 0) || table->linear <= -MAX_LINEAR)
		return -XEN_EINVAL;
	if (!TRUST_CHECK(4, 5, child->linear >= 0) || child->linear >= MAX_LINEAR)
		return -XEN_EINVAL;
	if (!(child->type & PGT_validated))
		return -XEN_EINVAL;
	rc = get_child_type(child, PGT_l2);
	if (!rc) {
		TRUST_EFFECT(4, 100, table->linear--; child->linear++);
	}
	return rc;
}

/*
 * Take what a present entry will hold: 0 or an error; L1 tables are not
 * preemptible.  *e is what is to be stored then, with a view for a top L2.
 */
static int get_l2_entry(struct page_info *table, pte_t *e, struct domain *d)
{
	mfn_t m = pte_mfn(*e);
	struct page_info *child;
	int rc;

	if (!TRUST_CHECK(1, 4, !(e->v & l2_forbidden)) || !mfn_valid(m))
		return -XEN_EINVAL;
	child = mfn_to_page(m);
	if (!get_page_fast(child, d))
		return -XEN_EINVAL;
	if (unlikely(is_view(child))) { /* by its own name, as a kernel reads it */
		if (TRUST_CHECK(4, 20, !(e->v & PTE_RW)))
			return 0;
		put_page_fast(child);
		return -XEN_EINVAL;
	}
	if (is_linear(child) && (child->type & PGT_count_mask)) {
		rc = get_linear(table, child, e, d);
		if (rc || (child == table && mfn_eq(pte_mfn(*e), m)))
			put_page_fast(child);
		return rc;
	}
	rc = get_child_type(child, PGT_l1);
	if (rc)
		TRUST_EFFECT(6, 120, put_page_fast(child));
	return rc;
}

/*
 * Drop the type an entry holds.  Returns the child whose reference is still
 * held, NULL when there was nothing to drop; *rc is -XEN_ERESTART when a
 * linear child could not be taken apart in one go.
 */
static struct page_info *put_l2_entry_type(struct page_info *table, pte_t e, int *rc)
{
	struct page_info *child = mfn_to_page(pte_mfn(e));

	*rc = 0;
	if (child == table)
		return NULL;
	if (unlikely(is_view(child)))
		return child;
	if (is_linear(child)) {
		TRUST_EFFECT(4, 101, table->linear++; child->linear--);
	}
	*rc = put_page_type_preemptible(child);
	return child;
}

/* An entry on a border, with all that begin there empty? */
static inline bool stretch_empty(const pte_t *e)
{
	return !((uintptr_t)e % (ENTRIES_AT_ONCE * sizeof(*e))) && none_at_once(e);
}

/* The first present entry from i on; n where there is none. */
static uint32_t present_from(const pte_t *t, uint32_t i, uint32_t n)
{
	const pte_t *e = t + i, *end = t + n;

	while (e < end) {
		while (end - e >= ENTRIES_AT_ONCE && stretch_empty(e))
			e += ENTRIES_AT_ONCE;
		if (e == end || pte_low(*e) & (uint32_t)PTE_P)
			break;
		e++;
	}
	return e - t;
}

/* How many entries there are up to the last present one below n; 0 where there is none. */
static uint32_t present_below(const pte_t *t, uint32_t n)
{
	const pte_t *e = t + n;

	while (e > t) {
		while (e > t && stretch_empty(e - ENTRIES_AT_ONCE))
			e -= ENTRIES_AT_ONCE;
		if (e == t || pte_low(e[-1]) & (uint32_t)PTE_P)
			break;
		e--;
	}
	return e - t;
}

/* A table that holds nothing (any more) is memory: nothing of ours stays in it. */
static void top_is_none(struct page_info *p, const pte_t *t)
{
	view_release(t);
	TRUST_EFFECT(4, 102, top_l2_clear(p->owner, t));
}

int l2_validate(struct page_info *p)
{
	struct domain *d = p->owner;
	bool top = p->type & PGT_top;
	uint32_t n = top ? top_l2_limit(d) : 512, i = p->validated;
	const pte_t *t = map_frame(page_to_mfn(p));
	int rc = 0;

	if (unlikely(p->type & PGT_half)) {
		/* Left by a put: that entry's child was on its way out. */
		struct page_info *child = mfn_to_page(pte_mfn(t[i]));

		rc = finish_half(child);
		if (rc)
			goto out;
		put_page_fast(child);
		__atomic_and_fetch(&p->type, ~PGT_half, __ATOMIC_SEQ_CST);
	} else if (top && !i) {
		view_forget(t);
	}
	for (i = present_from(t, i, n); i < n; i = present_from(t, i + 1, n)) {
		pte_t e = t[i];

		rc = get_l2_entry(p, &e, d);
		if (rc)
			break;
		if (unlikely(e.v != t[i].v))
			entry_exchange(&t[i], e, 0); /* another name for the same */
		if (i + 1 < n && mm_preempt()) {
			i++;
			rc = -XEN_ERESTART;
			break;
		}
	}
	if (!rc && top) {
		TRUST_EFFECT(4, 103, top_l2_install(d, t));
		view_fill(d, t);
	} else if (TRUST_WHEN(4, 106, rc && top && !i)) {
		top_is_none(p, t); /* its first entry was half undone, and then refused */
	}
	p->validated = i;
out:
	unmap_frame(t);
	return rc;
}

int l2_devalidate(struct page_info *p)
{
	const pte_t *t = map_frame(page_to_mfn(p));
	int rc = 0;

	if (unlikely(p->type & PGT_half)) {
		struct page_info *child = mfn_to_page(pte_mfn(t[p->validated]));

		rc = finish_half(child);
		if (rc)
			goto out;
		put_page_fast(child);
		__atomic_and_fetch(&p->type, ~PGT_half, __ATOMIC_SEQ_CST);
	}
	while ((p->validated = present_below(t, p->validated))) {
		struct page_info *child;
		uint32_t i = --p->validated;

		if (unlikely(p->type & PGT_top) && unlikely(has_view(t)))
			view_store(t, i, PTE(0));
		child = put_l2_entry_type(p, t[i], &rc);
		if (unlikely(child && is_view(child)))
			entry_exchange(&t[i], view_entry_as_written(t[i]), 0);
		if (unlikely(rc)) {
			__atomic_or_fetch(&p->type, PGT_half, __ATOMIC_SEQ_CST);
			goto out;
		}
		if (child)
			put_page_fast(child);
		if (p->validated && mm_preempt()) {
			rc = -XEN_ERESTART;
			goto out;
		}
	}
	if (p->type & PGT_top)
		top_is_none(p, t);
out:
	unmap_frame(t);
	return rc;
}

int decide_l2(struct page_info *table, uint32_t index, pte_t old, pte_t *new, struct domain *d)
{
	int rc;

	/* The slots of the hole are the hypervisor's (XSA-309). */
	if (!TRUST_CHECK(4, 6, !(table->type & PGT_top) || index < top_l2_limit(d)))
		return -XEN_EPERM;
	if (!(new->v &PTE_P))
		return CHANGE_CLEAR;
	if ((old.v & PTE_P) && TRUST_CHECK(2, 2, !((old.v ^ new->v) & ~l2_harmless)))
		return CHANGE_BITS;
	rc = get_l2_entry(table, new, d);
	return rc ? rc : CHANGE_ENTRY;
}

/* What the entry held; of a linear child that takes long, current's old_table has the rest. */
void put_l2_entry(struct page_info *table, pte_t old)
{
	struct page_info *child;
	int rc;

	child = put_l2_entry_type(table, old, &rc);
	if (rc)
		defer_partial(child);
	if (child)
		put_page(child);
}
