/* SPDX-License-Identifier: MIT */
/*
 * L3 tables: four entries that hold L2 tables.  The last one holds a top L2,
 * must be present (the hypervisor itself is reached through it) and never
 * changes while the table is in use.
 *
 * The processor reads the four entries when CR3 is loaded and never again, and
 * it reads them from a copy (cr3.c); so a changed entry is carried there.
 */
#include "entry_store.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

#define L3_ENTRIES 4
#define TOP_INDEX  3

static uint32_t l2_type(uint32_t index)
{
	return index == TOP_INDEX ? PGT_l2 | PGT_top : PGT_l2;
}

/* The L2 a present entry names, with a reference; NULL when it may not be named. */
static struct page_info *get_l2_page(pte_t e, struct domain *d)
{
	mfn_t m = pte_mfn(e);

	if (!TRUST_CHECK(4, 7, !(e.v & l3_forbidden)) || !mfn_valid(m))
		return NULL;
	return get_page_fast(mfn_to_page(m), d) ? mfn_to_page(m) : NULL;
}

/* HALF: a child was left partial, and we kept its reference to find it again. */
static void drop_half(struct page_info *p, struct page_info *child)
{
	__atomic_and_fetch(&p->type, ~PGT_half, __ATOMIC_SEQ_CST);
	put_page_fast(child);
}

static int validate_entry(struct page_info *p, pte_t e, uint32_t index)
{
	struct page_info *child;
	bool half = p->type & PGT_half;
	int rc;

	if (!(e.v & PTE_P))
		return TRUST_CHECK(4, 8, index != TOP_INDEX) ? 0 : -XEN_EINVAL;
	child = get_l2_page(e, p->owner);
	if (!child)
		return -XEN_EINVAL;
	rc = get_child_type(child, l2_type(index));
	if (!rc) {
		if (half)
			drop_half(p, child);
		return 0;
	}
	if (half || !(child->type & PGT_partial))
		TRUST_EFFECT(6, 121, put_page_fast(child));
	else
		__atomic_or_fetch(&p->type, PGT_half, __ATOMIC_SEQ_CST);
	return rc;
}

int l3_validate(struct page_info *p)
{
	const pte_t *t = map_frame(page_to_mfn(p));
	int rc = 0;

	while (p->validated < L3_ENTRIES) {
		rc = validate_entry(p, t[p->validated], p->validated);
		if (rc)
			break;
		p->validated++;
		if (p->validated < L3_ENTRIES && mm_preempt()) {
			rc = -XEN_ERESTART;
			break;
		}
	}
	unmap_frame(t);
	return rc;
}

int l3_devalidate(struct page_info *p)
{
	const pte_t *t = map_frame(page_to_mfn(p));
	int rc = 0;

	if (unlikely(p->type & PGT_half)) {
		struct page_info *child = mfn_to_page(pte_mfn(t[p->validated]));

		rc = finish_half(child);
		if (rc)
			goto out;
		drop_half(p, child);
	}
	while (p->validated) {
		pte_t e = t[p->validated - 1];
		struct page_info *child = mfn_to_page(pte_mfn(e));

		p->validated--;
		if (!(e.v & PTE_P))
			continue;
		rc = put_page_type_preemptible(child);
		if (rc) {
			__atomic_or_fetch(&p->type, PGT_half, __ATOMIC_SEQ_CST);
			goto out;
		}
		put_page_fast(child);
		if (p->validated && mm_preempt()) {
			rc = -XEN_ERESTART;
			goto out;
		}
	}
out:
	unmap_frame(t);
	return rc;
}

/* May return -XEN_ERESTART: an L2 that was not in use yet is validated here. */
int decide_l3(uint32_t index, pte_t new, struct domain *d)
{
	struct page_info *child;
	int rc;

	if (!TRUST_CHECK(4, 9, index < TOP_INDEX))
		return -XEN_EINVAL;
	if (!(new.v &PTE_P))
		return CHANGE_CLEAR;
	child = get_l2_page(new, d);
	if (!child)
		return -XEN_EINVAL;
	rc = get_page_type(child, PGT_l2);
	if (rc) {
		TRUST_EFFECT(6, 123, put_page(child));
		return rc;
	}
	return CHANGE_ENTRY;
}

void put_l3_entry(pte_t old)
{
	TRUST_EFFECT(6, 122, put_or_defer(mfn_to_page(pte_mfn(old))));
}
