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
 *
 * Elements of more than one value: ringone_runs (runs.c).
 */
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"

/* In `count` of a call that runs again: *pdone already counts earlier elements. */
#define PREEMPTED               0x80000000U
#define CMD_MASK                3
#define ELEMENTS_BETWEEN_CHECKS 32
#define ELEMENT                 sizeof(struct mmu_update) /* bytes */

/*
 * The L1 that the last element changed stays in sight for the next one.
 * Changes to L1 tables cannot change what any frame is as a table (page.h,
 * Locks), so until another kind of element comes along it is still a
 * validated L1.  Its slots lie at `to_slot` from the machine addresses (their
 * lower halves) of its entries.
 */
struct batch {
	struct domain *d, *pg_owner;
	struct page_info *l1;
	uint32_t l1_low, l1_high; /* its machine address, in halves; NO_L1: there is none */
	uint32_t to_slot;
};
#define NO_L1 8 /* in l1_low: a bit that no address compared with it has */

int resolve_page_owner(uint32_t domid, struct domain **owner)
{
	struct domain *d = current->domain;

	*owner = d;
	if (likely(domid == DOMID_SELF))
		return 0;
	if (domid == d->id) /* here one's own number is nobody's, as on Xen */
		return -XEN_ESRCH;
	if (domid == DOMID_IO) {
		*owner = &dom_io;
		return 0;
	}
	if (domid == DOMID_XEN) {
		*owner = &dom_xen;
		return TRUST_CHECK(25, 70, d->privileged) ? 0 : -XEN_EPERM;
	}
	return domain_named(d, domid, owner);
}

void put_page_owner(struct domain *owner)
{
	if (unlikely(owner != current->domain && !is_no_domain(owner)))
		domain_put(owner);
}

/* Not a table: then it must be memory that could as well be mapped writable. */
static int write_plain(struct batch *b, struct page_info *p, uint32_t offset, uint64_t val)
{
	void *va;

	if (get_page_and_type(p, b->d, PGT_writable))
		return -XEN_EINVAL;
	va = map_frame(page_to_mfn(p));
	entry_exchange(va + offset, PTE(val), 0);
	unmap_frame(va);
	put_page_and_type(p);
	return 0;
}

static bool table_in_use(const struct page_info *p)
{
	uint32_t type = p->type & PGT_type_mask;

	return p->type & PGT_validated && (type == PGT_l1 || type == PGT_l2 || type == PGT_l3);
}

/* An entry of any table, or a word of a frame that is none. */
static int write_any(struct batch *b, mfn_t m, uint32_t offset, pte_t new, uint32_t keep)
{
	struct page_info *p = mfn_to_page(m);
	const void *va;
	int rc;

	if (!mfn_valid(m) || p->owner != b->d || !(p->count & PGC_count_mask))
		return -XEN_EINVAL;
	if (!table_in_use(p))
		return write_plain(b, p, offset, new.v);
	va = map_frame(m);
	rc = entry_update(p, va + offset, new, keep, b->d, b->pg_owner);
	unmap_frame(va);
	return rc;
}

static int write_m2p(struct batch *b, uint64_t ptr, uint64_t val)
{
	mfn_t m = MFN(ptr >> PAGE_SHIFT);
	struct page_info *p = mfn_to_page(m);

	if (ptr >> 44 || !mfn_valid(m) || !get_page(p, b->pg_owner))
		return -XEN_EINVAL;
	set_m2p(m, GPFN(val));
	if (TRUST_WHEN(27, 114, b->pg_owner->mm.dirty.on) && !(p->type & PGT_count_mask))
		p->tlb_stamp =
			tlb_clock; /* another frame is what the log is asked about by that number */
	put_page(p);
	return 0;
}

#define DONE_STOP 1 /* it was done, and now something else has to be */

/* An element that is more than a store to an entry of an L1. */
static __attribute__((noinline)) int perform_other(struct batch *b, uint32_t low, uint32_t high,
						   uint32_t val_low, uint32_t val_high)
{
	uint32_t cmd = low & CMD_MASK, offset = low & (PAGE_SIZE - 1) & ~CMD_MASK, keep = 0;
	pte_t new = PTE((uint64_t)val_high << 32 | val_low);
	mfn_t m = halves_mfn(low, high);
	int rc;

	if (low & 4 && cmd)
		return -XEN_ENOSYS; /* there are no such commands */
	if (cmd == MMU_MACHPHYS_UPDATE)
		return write_m2p(b, (uint64_t)high << 32 | low, val_low);
	if (cmd == MMU_PT_UPDATE_PRESERVE_AD)
		keep = PTE_A | PTE_D;
	/* Nor is this one, and an entry that straddles two would be two half-checked ones. */
	if (!TRUST_CHECK(1, 5, !(offset & 7)))
		return -XEN_ENOSYS;
	if (high > MAX_HIGH)
		return -XEN_EINVAL;
	b->l1_low = NO_L1; /* another table may take its place in the map cache */
	rc = write_any(b, m, offset, new, keep);
	if (is_l1(b->d, m))
		return rc;
	/* It may have checked a table, or left one to be taken apart: that is long enough. */
	return !rc && (current->mm.old_table || work_noted()) ? DONE_STOP : rc;
}

/* The element at guest address `at`, which was checked to be one.  A word is read once. */
static inline __attribute__((always_inline)) int perform(struct batch *b, struct domain *d,
							 struct domain *pg_owner, gva_t at)
{
	uint32_t low, high, val_low, val_high;

	if (unlikely(!get_guest_word(&low, at) || !get_guest_word(&high, gva_add(at, 4)) ||
		     !get_guest_word(&val_low, gva_add(at, 8)) ||
		     !get_guest_word(&val_high, gva_add(at, 12))))
		return -XEN_EFAULT;
	if (unlikely((low & (PAGE_MASK | 7)) != b->l1_low || high != b->l1_high)) {
		mfn_t m = halves_mfn(low, high);

		if (unlikely((low & 7) || high > MAX_HIGH || !is_l1(d, m)))
			return perform_other(b, low, high, val_low, val_high);
		b->l1 = mfn_to_page(m);
		b->l1_low = low & PAGE_MASK;
		b->l1_high = high;
		b->to_slot = (uint32_t)(uintptr_t)map_table(m) - b->l1_low;
	}
	return l1_update(b->l1, (const pte_t *)(uintptr_t)(b->to_slot + low), val_low, val_high, d,
			 pg_owner);
}

/*
 * Up to `count` elements, until one is bad or something else wants to be done
 * first.  *done says how many.  Where elements lie is checked for all at once.
 */
static inline __attribute__((always_inline)) int perform_some(struct batch *b, gva_t from,
							      uint32_t count, uint32_t *done)
{
	struct domain *d = b->d, *pg_owner = b->pg_owner; /* which nobody changes meanwhile */
	const uint32_t start = from.a;
	uint32_t room = guest_range_end(d) - start, at = start, end, stop;
	int rc = 0;

	if (!guest_words_ok(d, from, 0))
		room = 0;
	end = at + MIN(count, room / ELEMENT) * ELEMENT;
	while (at != end) {
		stop = at + MIN(end - at, ELEMENTS_BETWEEN_CHECKS * ELEMENT);
		do {
			rc = perform(b, d, pg_owner, GVA(at));
			if (unlikely(rc))
				goto out;
			at += ELEMENT;
		} while (at != stop);
		if (at != end && preempt_needed()) {
			rc = -XEN_ERESTART;
			goto out;
		}
	}
	if ((at - start) / ELEMENT != count) /* of counts: the product would wrap */
		rc = -XEN_EFAULT;
out:
	if (rc == DONE_STOP) {
		at += ELEMENT;
		rc = -XEN_ERESTART;
	}
	*done = (at - start) / ELEMENT;
	return rc;
}

static int32_t carry_on(gva_t reqs, uint32_t left, gva_t pdone, uint32_t domids)
{
	return hypercall_continue(__HYPERVISOR_mmu_update, 4, reqs.a, left | PREEMPTED, pdone.a,
				  domids);
}

/* The number of elements done in earlier runs of this call, as far as the guest lets us know. */
static uint32_t done_before(gva_t pdone)
{
	uint32_t done = 0;

	return pdone.a && !copy_from_guest_raw(&done, pdone, sizeof(done)) ? done : 0;
}

/* Those that a batch names: upper half, whose tables (none but the caller's); lower, whose frames. */
static int resolve_owners(struct batch *b, uint32_t domids)
{
	uint32_t tables = (domids >> 16) - 1;
	struct domain *other;
	int rc;

	if (domids >> 16 && tables != b->d->id) {
		rc = tables == DOMID_SELF ? -XEN_ESRCH : domain_named(b->d, tables, &other);
		if (rc)
			return rc;
		domain_put(other);
		return -XEN_EINVAL; /* nobody changes tables of another */
	}
	return resolve_page_owner(domids & 0xffff, &b->pg_owner);
}

/* Told whatever comes of the call: Linux goes on from this number after an error, too. */
static void tell_done(const struct domain *d, gva_t pdone, uint32_t done)
{
	if (pdone.a && guest_words_ok(d, pdone, sizeof(done)))
		put_guest_word(pdone, done);
}

static __attribute__((noinline)) int32_t update_batch(gva_t at, uint32_t count, gva_t pdone,
						      uint32_t domids)
{
	struct vcpu *v = current;
	struct batch b = { .d = v->domain, .pg_owner = v->domain, .l1_low = NO_L1 };
	uint32_t done = 0, i;
	int rc = 0;

	if (unlikely(count & PREEMPTED)) {
		count &= ~PREEMPTED;
		done = done_before(pdone);
	}
	if (unlikely(domids != DOMID_SELF)) {
		rc = resolve_owners(&b, domids);
		if (rc) {
			tell_done(b.d, pdone, done);
			return trace_error(rc);
		}
	}

	spin_lock(&b.d->mm.lock);
	rc = unlikely(v->mm.old_table) ? finish_old_table(v) : 0;
	i = 0;
	if (likely(!rc))
		rc = perform_some(&b, at, count, &i);
	at = gva_add(at, i * sizeof(struct mmu_update));
	spin_unlock(&b.d->mm.lock);
	put_page_owner(b.pg_owner);

	tell_done(b.d, pdone, done + i);
	/* Something is left to take apart: the guest is not told "done" before it is. */
	if (unlikely(rc == -XEN_ERESTART || (!rc && v->mm.old_table)))
		return carry_on(at, count - i, pdone, domids);
	return likely(!rc) ? 0 : trace_error(rc);
}

#define NOT_SIMPLE 1

/*
 * One entry of one L1, which is what a kernel asks for most, without the
 * book-keeping of a batch.  NOT_SIMPLE: it is something else, and nothing was
 * done.  The words are read again then, and may have changed; they are checked
 * where they are used.
 */
static inline __attribute__((always_inline)) int update_one(struct vcpu *v, gva_t at)
{
	uint32_t low, high, val_low, val_high;
	struct domain *d = v->domain;
	int rc = NOT_SIMPLE;
	const pte_t *slot;
	mfn_t m;

	if (unlikely(v->mm.old_table) || unlikely(!guest_words_ok(d, at, ELEMENT)) ||
	    !get_guest_word(&low, at) || unlikely(low & 7) ||
	    !get_guest_word(&high, gva_add(at, 4)) || unlikely(high > MAX_HIGH))
		return NOT_SIMPLE;
	m = halves_mfn(low, high);

	spin_lock(&d->mm.lock);
	if (likely(is_l1(d, m) && get_guest_word(&val_low, gva_add(at, 8)) &&
		   get_guest_word(&val_high, gva_add(at, 12)))) {
		slot = map_table(m) + (low & (PAGE_SIZE - 1));
		rc = l1_update(mfn_to_page(m), slot, val_low, val_high, d, d);
	}
	spin_unlock(&d->mm.lock);
	return rc;
}

/* updates: array of mmu_update, count: count, done: where to store the number done or 0, domids: domains. */
int32_t do_mmu_update(gva_t updates, uint32_t count, gva_t done, uint32_t domids)
{
	int rc;

	if (unlikely((count ^ 1) | done.a | (domids ^ DOMID_SELF)))
		return update_batch(updates, count, done, domids);
	rc = update_one(current, updates);
	if (likely(!rc))
		return 0;
	return rc == NOT_SIMPLE ? update_batch(updates, 1, GVA(0), DOMID_SELF) : trace_error(rc);
}
