/* SPDX-License-Identifier: MIT */
/*
 * References and types: the rules.
 *
 *   - A reference keeps a frame its owner's; the last put frees it.
 *   - A type reference keeps a frame what it is.  The first one checks the
 *     contents (for a table: every entry, taking references in turn), the last
 *     one gives back what the contents hold.
 *   - In between, types exclude each other.  So a validated table can be
 *     mapped read-only only, and what is mapped writable is no table.
 *
 * The first reference goes through four steps, in this order (TRUST 3): the
 * type is taken, so that no other can be; stale translations of the old type
 * are flushed; the contents are checked; the frame is marked validated.
 *
 * Two of the states a frame can be in belong to nobody: see PARTIAL in page.h.
 */
#include "internal.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"

struct domain dom_io, dom_xen;

static void type_set_bits(struct page_info *p, uint32_t bits)
{
	__atomic_or_fetch(&p->type, bits, __ATOMIC_SEQ_CST);
}

static void type_clear_bits(struct page_info *p, uint32_t bits)
{
	__atomic_and_fetch(&p->type, ~bits, __ATOMIC_SEQ_CST);
}

static bool type_has_contents(uint32_t type)
{
	type &= PGT_type_mask;
	return type == PGT_l1 || type == PGT_l2 || type == PGT_l3;
}

/* ---- references ---- */

bool get_page(struct page_info *p, const struct domain *d)
{
	return get_page_fast(p, d);
}

void put_page(struct page_info *p)
{
	put_page_fast(p);
}

/* ---- the first and the last type reference ---- */

/* The type word drops to count 0; the kind stays, so that taking it again needs no flush. */
static void type_gone(struct page_info *p)
{
	TRUST_EFFECT(3, 106, p->tlb_stamp = tlb_clock);
	__atomic_and_fetch(&p->type, PGT_kind_mask, __ATOMIC_SEQ_CST);
}

static int validate_contents(struct page_info *p)
{
	switch (p->type & PGT_type_mask) {
	case PGT_l1:
		return l1_validate(p);
	case PGT_l2:
		return l2_validate(p);
	case PGT_l3:
		return l3_validate(p);
	case PGT_seg_desc:
		return seg_desc_validate(p);
	}
	return 0;
}

static int devalidate_contents(struct page_info *p)
{
	switch (p->type & PGT_type_mask) {
	case PGT_l1:
		l1_devalidate(p);
		return 0;
	case PGT_l2:
		return l2_devalidate(p);
	case PGT_l3:
		return l3_devalidate(p);
	}
	return 0;
}

/* The caller's type count becomes the state's own; the state takes a reference too. */
static void leave_partial(struct page_info *p)
{
	TRUST_EFFECT(5, 100, __atomic_add_fetch(&p->count, 1, __ATOMIC_SEQ_CST));
	TRUST_EFFECT(5, 101, type_set_bits(p, PGT_partial));
}

/* Count is 1 and ours: check the contents from where `validated` stands. */
static int validate(struct page_info *p)
{
	int rc = validate_contents(p);

	/* A page of descriptors may be wanted on the way out, which has looked for notes already. */
	if ((p->type & PGT_type_mask) != PGT_seg_desc)
		breathe();
	if (!rc)
		TRUST_EFFECT(3, 111, type_set_bits(p, PGT_validated));
	else if (type_has_contents(p->type) && (p->validated || (p->type & PGT_half)))
		leave_partial(p);
	else
		type_gone(p);
	return rc;
}

static int resume_validation(struct page_info *p)
{
	int rc;

	type_clear_bits(p, PGT_partial);
	rc = validate(p);
	TRUST_EFFECT(6, 100,
		     put_page_fast(p)); /* the state's reference; a new state has taken its own */
	return rc;
}

/* Count was 0 and `type` was taken a moment ago, instead of what `old` says. */
static int first_type_reference(struct page_info *p, uint32_t type, uint32_t old)
{
	uint32_t stamp = p->tlb_stamp;

	/* The kind, not the type: an L2 that becomes a top one gets slots of ours. */
	if ((old & PGT_kind_mask) != (type & PGT_kind_mask) &&
	    !TRUST_CHECK(3, 2, !tlb_stale(stamp)))
		flush_tlb_mask(~0U);
	if (type == PGT_writable)
		return 0;
	TRUST_EFFECT(3, 110, p->validated = 0; p->linear = 0);
	return validate(p);
}

/*
 * type: PGT_*, with PGT_top for the L2 of the last gigabyte.  When this fails
 * or is preempted half way, p may be left partial; what becomes of it is for
 * the caller to decide.
 */
int get_child_type(struct page_info *p, uint32_t type)
{
	uint32_t x = READ_ONCE(p->type);

	for (;;) {
		uint32_t n = x & PGT_count_mask;

		if (!n) {
			uint32_t new = type | 1 | (type == PGT_writable ? PGT_validated : 0);

			if (__atomic_compare_exchange_n(&p->type, &x, new, false, __ATOMIC_SEQ_CST,
							__ATOMIC_SEQ_CST))
				return first_type_reference(p, type, x);
			continue;
		}
		if (!TRUST_CHECK(3, 1, (x & PGT_kind_mask) == type) ||
		    TRUST_WHEN(3, 109, n == PGT_count_mask))
			return -XEN_EINVAL;
		if (x & PGT_partial)
			return resume_validation(p);
		/* Taken but not validated: the table that is being checked contains itself. */
		if (!(x & PGT_validated))
			return -XEN_EINVAL;
		/* Each L3 of a top L2 counts: our slots go with the last. */
		if (__atomic_compare_exchange_n(&p->type, &x,
						x + (TRUST_WHEN(4, 105, true) || !(type & PGT_top)),
						false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return 0;
	}
}

/* Count is 1 and ours: give back what the contents hold. */
static int take_apart(struct page_info *p)
{
	int rc = devalidate_contents(p);

	breathe();
	if (rc)
		leave_partial(p);
	else
		type_gone(p);
	return rc;
}

/* -XEN_ERESTART: the table is left partial, the caller's type reference is gone all the same. */
int put_page_type_preemptible(struct page_info *p)
{
	uint32_t x = READ_ONCE(p->type);

	for (;;) {
		bool last = (x & PGT_count_mask) == 1;
		uint32_t new = x - 1;

		if (last && type_has_contents(x))
			new = x & ~PGT_validated;
		else if (last)
			TRUST_EFFECT(3, 107, p->tlb_stamp = tlb_clock);
		if (last && !type_has_contents(x) && (x & PGT_type_mask) != PGT_writable)
			new &= PGT_kind_mask;
		if (!__atomic_compare_exchange_n(&p->type, &x, new, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		return last && type_has_contents(x) ? take_apart(p) : 0;
	}
}

int finish_partial(struct page_info *p)
{
	int rc;

	if (!(p->type & PGT_partial))
		return 0; /* somebody carried it upwards, or finished it */
	type_clear_bits(p, PGT_partial);
	rc = take_apart(p);
	TRUST_EFFECT(6, 101, put_page_fast(p));
	return rc;
}

/*
 * The same for the child of a HALF entry.  Nobody holds its type, so its guest may
 * have made something else of it meanwhile and left that partial: an L3 with a
 * HALF entry of its own, and so on, in a chain as long as it likes (XSA-240).
 * Those are in nobody's way, and only the reference goes.  An L2 below an L2 is
 * no such chain: each of them stands in some VCPU's old_table.
 */
int finish_half(struct page_info *child)
{
	if (!TRUST_CHECK(5, 8, (child->type & PGT_type_mask) == PGT_l2))
		return 0;
	return finish_partial(child);
}

void put_page_type(struct page_info *p)
{
	int rc = put_page_type_preemptible(p);

	while (rc == -XEN_ERESTART)
		rc = finish_partial(p);
}

/* ---- what cannot be finished now ---- */

/* A time-consuming put at boot has nobody to wait for. */
bool mm_preempt(void)
{
	return current && preempt_needed();
}

/*
 * A table was left partial and nobody will come back for it by itself: let the
 * current VCPU finish it before its next operation on memory.  Takes a
 * reference of its own.
 */
void defer_partial(struct page_info *p)
{
	struct vcpu *v = current;

	if (v && !v->mm.old_table) {
		__atomic_add_fetch(&p->count, 1, __ATOMIC_SEQ_CST);
		v->mm.old_table = p;
		return;
	}
	while (finish_partial(p) == -XEN_ERESTART)
		;
}

int finish_old_table(struct vcpu *v)
{
	struct page_info *p = v->mm.old_table;
	int rc;

	if (likely(!p))
		return 0;
	/* A frame of another domain, whose table v unpinned: its types come and go under its own lock. */
	if (unlikely(p->owner != v->domain)) {
		struct domain *owner = p->owner;

		spin_unlock(&v->domain->mm.lock);
		spin_lock(&owner->mm.lock);
		rc = finish_partial(p);
		spin_unlock(&owner->mm.lock);
		spin_lock(&v->domain->mm.lock);
	} else {
		rc = finish_partial(p);
	}
	if (!rc) {
		v->mm.old_table = NULL;
		TRUST_EFFECT(6, 102, put_page(p));
	}
	return rc;
}

int get_page_type(struct page_info *p, uint32_t type)
{
	int rc = get_child_type(p, type);

	/* Half done as something else, it was so before, and is left as it is by who asks for this. */
	if (unlikely(rc && rc != -XEN_ERESTART && (p->type & PGT_partial)) &&
	    TRUST_CHECK(5, 9, (p->type & PGT_kind_mask) == type))
		TRUST_EFFECT(5, 102, defer_partial(p));
	return rc;
}

void put_or_defer(struct page_info *p)
{
	if (put_page_type_preemptible(p))
		defer_partial(p);
	TRUST_EFFECT(6, 103, put_page(p));
}

/* ---- both at once ---- */

int get_page_and_type(struct page_info *p, struct domain *d, uint32_t type)
{
	int rc;

	if (!get_page_fast(p, d))
		return -XEN_EINVAL;
	rc = get_page_type(p, type);
	if (rc)
		TRUST_EFFECT(6, 104, put_page_fast(p));
	return rc;
}

void put_page_and_type(struct page_info *p)
{
	put_page_type(p);
	put_page_fast(p);
}
