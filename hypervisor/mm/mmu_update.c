/* SPDX-License-Identifier: MIT */
/*
 * mmu_update: a batch of writes to page tables and to the M2P.
 *
 * Element by element: decode, check, perform.  The batch stops at the first
 * bad element, or when something else is due, and says exactly how many were
 * done; the elements lie in guest memory and are read one at a time.
 *
 *	ptr  +----------------------------------+-----+---+---+
 *	     | machine address of an entry      |     | 0 |cmd|
 *	     +----------------------------------+-----+---+---+
 */
#include "guest_word.h"
#include "hypercall.h"
#include "internal.h"

/* In `count` of a call that runs again: *pdone already counts earlier elements. */
#define PREEMPTED               0x80000000U
#define CMD_MASK                3
#define ELEMENTS_BETWEEN_CHECKS 32

/*
 * The L1 that the last element changed stays mapped for the next one.  Changes
 * to L1 tables cannot change what any frame is as a table (page.h, Locks), so
 * until another kind of element comes along it is still a validated L1.
 */
struct batch {
	struct domain *d, *pg_owner;
	uint32_t l1_mfn;
	struct page_info *l1; /* NULL: none is mapped */
	char *l1_va;
};

static inline void forget_l1(struct batch *b)
{
	if (b->l1)
		unmap_frame(b->l1_va);
	b->l1 = NULL;
}

int resolve_page_owner(uint32_t domid, struct domain **owner)
{
	struct domain *d = current->domain;

	*owner = d;
	if (likely(domid == DOMID_SELF || domid == d->id))
		return 0;
	if (domid == DOMID_IO) {
		*owner = &dom_io;
		return 0;
	}
	return d->privileged ? -XEN_ESRCH : -XEN_EPERM;
}

/* Not a table: then it must be memory that could as well be mapped writable. */
static int write_plain(struct batch *b, struct page_info *p, uint32_t offset, uint64_t val)
{
	void *va;

	if (get_page_and_type(p, b->d, PGT_writable))
		return -XEN_EINVAL;
	va = map_frame(page_to_mfn(p));
	set_pte(va + offset, PTE(val), 0);
	unmap_frame(va);
	put_page_and_type(p);
	return 0;
}

static inline bool is_l1(const struct domain *d, mfn_t m)
{
	const struct page_info *p = mfn_to_page(m);

	return mfn_valid(m) && p->owner == d && (p->count & PGC_count_mask) &&
	       (p->type & (PGT_type_mask | PGT_validated)) == (PGT_l1 | PGT_validated);
}

/* From now on it is this one. */
static inline void change_l1(struct batch *b, mfn_t m)
{
	forget_l1(b);
	b->l1_mfn = m.n;
	b->l1 = mfn_to_page(m);
	b->l1_va = map_frame(m);
}

/* A write to a frame that is no L1. */
static __attribute__((noinline)) int write_other(struct batch *b, mfn_t m, uint32_t offset,
						 pte_t new, uint32_t keep)
{
	struct page_info *p = mfn_to_page(m);
	void *va;
	int rc;

	forget_l1(b);
	if (!mfn_valid(m) || p->owner != b->d || !(p->count & PGC_count_mask))
		return -XEN_EINVAL;

	switch (p->type & (PGT_type_mask | PGT_validated)) {
	case PGT_l2 | PGT_validated:
		va = map_frame(m);
		rc = mod_l2_entry(p, va + offset, new, keep, b->d);
		unmap_frame(va);
		return rc;
	case PGT_l3 | PGT_validated:
		va = map_frame(m);
		rc = mod_l3_entry(p, va + offset, new, b->d);
		unmap_frame(va);
		return rc;
	}
	return write_plain(b, p, offset, new.v);
}

static __attribute__((noinline)) int write_m2p(struct batch *b, uint64_t ptr, uint64_t val)
{
	mfn_t m = MFN(ptr >> PAGE_SHIFT);
	struct page_info *p = mfn_to_page(m);

	if (ptr >> 44 || !mfn_valid(m) || !get_page(p, b->pg_owner))
		return -XEN_EINVAL;
	set_m2p(m, val);
	put_page(p);
	return 0;
}

/* The element at guest address `at`, which was checked to be one.  A word is read once. */
static inline __attribute__((always_inline)) int perform(struct batch *b, uint32_t at)
{
	uint32_t low, high, val_low, val_high, cmd, offset, keep = 0;
	pte_t *slot, new;
	mfn_t m;

	if (unlikely(!get_guest_word(&low, at) || !get_guest_word(&high, at + 4) ||
		     !get_guest_word(&val_low, at + 8) || !get_guest_word(&val_high, at + 12)))
		return -XEN_EFAULT;
	new = PTE((uint64_t)val_high << 32 | val_low);
	cmd = low & CMD_MASK;
	if (cmd) {
		if (cmd == MMU_MACHPHYS_UPDATE)
			return write_m2p(b, (uint64_t)high << 32 | low, new.v);
		if (cmd == MMU_PT_UPDATE_PRESERVE_AD)
			keep = PTE_A | PTE_D;
	}
	offset = low & (PAGE_SIZE - 1) & ~CMD_MASK;
	/* An entry that straddles two would be two half-checked ones. */
	if (unlikely(!TRUST_CHECK(1, 5, !(offset & 7)) || high >> 12))
		return -XEN_EINVAL;
	m = MFN(high << 20 | low >> PAGE_SHIFT);
	if (unlikely(!b->l1 || b->l1_mfn != m.n)) {
		if (unlikely(!is_l1(b->d, m)))
			return write_other(b, m, offset, new, keep);
		change_l1(b, m);
	}
	slot = (pte_t *)(b->l1_va + offset);
	if (likely(l1_flags_only(slot, new, keep)))
		return 0;
	return mod_l1_entry(b->l1, slot, new, keep, b->d, b->pg_owner);
}

static int32_t carry_on(uint32_t reqs, uint32_t left, uint32_t pdone, uint32_t domids)
{
	return hypercall_continue(__HYPERVISOR_mmu_update, 4, reqs, left | PREEMPTED, pdone,
				  domids);
}

/* The number of elements done in earlier runs of this call, as far as the guest lets us know. */
static uint32_t done_before(uint32_t pdone)
{
	uint32_t done = 0;

	return pdone && !copy_from_guest_raw(&done, GVA(pdone), sizeof(done)) ? done : 0;
}

static __attribute__((noinline)) int32_t update_batch(uint32_t a1, uint32_t a2, uint32_t a3,
						      uint32_t a4)
{
	struct vcpu *v = current;
	struct batch b = { .d = v->domain, .pg_owner = v->domain };
	uint32_t count = a2, done = 0, at = a1, i;
	int rc = 0;

	if (unlikely(count & PREEMPTED)) {
		count &= ~PREEMPTED;
		done = done_before(a3);
	}
	if (unlikely(a4 != DOMID_SELF)) {
		struct domain *pt_owner = b.d;

		rc = resolve_page_owner(a4 & 0xffff, &b.pg_owner);
		if (!rc && a4 >> 16)
			rc = resolve_page_owner((a4 >> 16) - 1, &pt_owner);
		if (!rc && pt_owner != b.d)
			rc = -XEN_EINVAL;
		if (rc)
			return trace_error(rc);
	}

	spin_lock(&b.d->mm_lock);
	rc = unlikely(v->old_table) ? finish_old_table(v) : 0;
	for (i = 0; !rc && i < count; i++, at += sizeof(struct mmu_update)) {
		if (unlikely(v->old_table ||
			     (i && !(i % ELEMENTS_BETWEEN_CHECKS) && preempt_needed()))) {
			rc = -XEN_ERESTART;
			break;
		}
		if (unlikely(!guest_words_ok(b.d, at, sizeof(struct mmu_update)))) {
			rc = -XEN_EFAULT;
			break;
		}
		rc = perform(&b, at);
		if (unlikely(rc))
			break;
	}
	forget_l1(&b);
	spin_unlock(&b.d->mm_lock);

	if (a3) {
		done += i;
		if (guest_words_ok(b.d, a3, sizeof(done)))
			put_guest_word(a3, done);
	}
	/* Something is left to take apart: the guest is not told "done" before it is. */
	if (unlikely(rc == -XEN_ERESTART || (!rc && v->old_table)))
		return carry_on(at, count - i, a3, a4);
	return likely(!rc) ? 0 : trace_error(rc);
}

#define NOT_SIMPLE 1

/*
 * One entry of one L1, which is what a kernel asks for most, without the
 * book-keeping of a batch.  NOT_SIMPLE: it is something else, and nothing was
 * done.  The words are read again then, and may have changed; they are checked
 * where they are used.
 */
static inline __attribute__((always_inline)) int update_one(struct vcpu *v, uint32_t at,
							    uint32_t pdone)
{
	uint32_t low, high, val_low, val_high;
	struct domain *d = v->domain;
	int rc = NOT_SIMPLE;
	pte_t *slot, new;
	mfn_t m;

	if (v->old_table || !guest_words_ok(d, at, sizeof(struct mmu_update)) ||
	    !get_guest_word(&low, at) || !get_guest_word(&high, at + 4) || (low & 7) || high >> 12)
		return NOT_SIMPLE;
	m = MFN(high << 20 | low >> PAGE_SHIFT);

	spin_lock(&d->mm_lock);
	if (likely(is_l1(d, m) && get_guest_word(&val_low, at + 8) &&
		   get_guest_word(&val_high, at + 12))) {
		new = PTE((uint64_t)val_high << 32 | val_low);
		slot = map_frame(m) + (low & (PAGE_SIZE - 1));
		rc = likely(l1_flags_only(slot, new, 0))
			     ? 0
			     : mod_l1_entry(mfn_to_page(m), slot, new, 0, d, d);
		unmap_frame(slot);
	}
	spin_unlock(&d->mm_lock);
	if (unlikely(pdone) && rc != NOT_SIMPLE && guest_words_ok(d, pdone, sizeof(pdone)))
		put_guest_word(pdone, !rc);
	return rc;
}

/* a1: array of mmu_update, a2: count, a3: where to store the number done or 0, a4: domains. */
int32_t do_mmu_update(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	if (likely(a2 == 1 && a4 == DOMID_SELF)) {
		int rc = update_one(current, a1, a3);

		if (likely(!rc))
			return 0;
		if (rc != NOT_SIMPLE)
			return trace_error(rc);
	}
	return update_batch(a1, a2, a3, a4);
}
