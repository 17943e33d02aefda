/* SPDX-License-Identifier: MIT */
/*
 * ringone_runs: neighbouring entries of L1 tables, any number of them in one element.
 *
 *	     +-----------------+------------------------------------+-------+
 *	ptr  | more (63..48)   | machine address of an entry        | 0 0 0 |
 *	     +-----------------+------------------------------------+-------+
 *	     | value of that entry                                          |
 *	     +--------------------------------------------------------------+
 *	     | `more` values, of the entries behind it                      |
 *	     +--------------------------------------------------------------+
 *
 * A fault maps sixteen pages around it, and a fork or the end of a mapping goes
 * through a table from one end to the other.  What is the same for all values of
 * an element is asked once: that the address is one of a validated L1 of the
 * caller's, which stays one while mm_lock is held (page.h, Locks), that the run
 * ends where the table does, that the caller may name the memory the values
 * lie in.  What a value may map is decided for each as mmu_update does it.
 *
 * The elements lie in guest memory, and each word is read once.  A run is short
 * enough not to be interrupted; between two the call can run again with what is
 * left.  When a value is refused, all before it are stored, and none behind it.
 */
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "call/call.h"
#include "domain/domain.h"

#define MORE_AT_MOST         31 /* values in an element, behind its first */
#define BYTES_BETWEEN_CHECKS 256
#define VALUE                ((uint32_t)sizeof(pte_t))

/*
 * Values that lie from `from` to `end` into the slots of `table` from `slot` on.  What a fault stores has a
 * way of its own: the entry is empty and comes to map ordinary memory.
 */
static int perform_values(struct page_info *table, const pte_t *slot, uint32_t from, uint32_t end,
			  struct domain *d)
{
	uint32_t low, high, filled = 0;
	int rc;

	do {
		rc = -XEN_EFAULT;
		if (unlikely(!get_guest_word(&low, GVA(from)) ||
			     !get_guest_word(&high, GVA(from + 4))))
			break;
		if (low & PTE_LOW_P && TRUST_CHECK(2, 65, !(pte_low(*slot) & PTE_LOW_P)) &&
		    likely(get_l1_plain(low, high, d))) {
			entry_fill_l1(slot, low, high);
			filled++;
			entry_stored(d, table);
		} else {
			rc = l1_update(table, slot, low, high, d, d);
			if (unlikely(rc))
				break;
		}
		slot++;
		from += VALUE;
		rc = 0;
	} while (from != end);
	TRUST_EFFECT(6, 150, table->present += filled);
	return rc;
}

/* The table that the last element was about, which is likely that of the next. */
struct known {
	struct page_info *l1;
	uint32_t low, high; /* its machine address, in halves; NO_L1: there is none */
	uint32_t to_slot;   /* from the lower halves of its entries' to where they are mapped */
};
#define NO_L1 1 /* in low: a bit that no page's address has */

/* The words of an element's address.  Is it that of an entry of an L1 of d's? */
static inline bool is_entry(struct known *k, const struct domain *d, uint32_t low, uint32_t high)
{
	mfn_t m = halves_mfn(low, high);

	if (unlikely(low & (VALUE - 1)))
		return false;
	if (likely((low & PAGE_MASK) == k->low && high == k->high))
		return true;
	if (high > MAX_HIGH || !TRUST_CHECK(1, 75, is_l1(d, m)))
		return false;
	*k = (struct known){ mfn_to_page(m), low & PAGE_MASK, high,
			     (uint32_t)(uintptr_t)map_table(m) - (low & PAGE_MASK) };
	return true;
}

/* As many values behind an entry's, by its table and by the `left` bytes that it and they have. */
static inline bool may_follow(uint32_t more, uint32_t low, uint32_t left)
{
	return TRUST_CHECK(5, 75, more <= MORE_AT_MOST) &&
	       TRUST_CHECK(1, 76, (low & (PAGE_SIZE - 1)) + more * VALUE < PAGE_SIZE) &&
	       TRUST_CHECK(8, 75, (more + 1) * VALUE <= left);
}

/* The element at *at, of d, which ends at `end` at the latest; *at is then where the next one lies. */
static inline __attribute__((always_inline)) int perform_run(struct known *k, struct domain *d,
							     uint32_t *at, uint32_t end)
{
	uint32_t low, high, more, from = *at;
	const pte_t *slot;

	if (unlikely(end - from < 2 * VALUE))
		return -XEN_EINVAL;
	if (!get_guest_word(&low, GVA(from)) || !get_guest_word(&high, GVA(from + 4)))
		return -XEN_EFAULT;
	more = high >> 16;
	from += VALUE;
	if (unlikely(!is_entry(k, d, low, high & 0xffff)) ||
	    (more && !may_follow(more, low, end - from)))
		return -XEN_EINVAL;
	slot = (const pte_t *)(uintptr_t)(k->to_slot + low);
	*at = from + (more + 1) * VALUE;
	return perform_values(k->l1, slot, from, *at, d);
}

static int perform_all(struct domain *d, uint32_t *at, uint32_t end)
{
	struct known k = { .low = NO_L1 };
	uint32_t checked = *at;
	int rc;

	while (*at != end) {
		rc = perform_run(&k, d, at, end);
		if (unlikely(rc))
			return rc;
		if (*at - checked < BYTES_BETWEEN_CHECKS || *at == end)
			continue;
		checked = *at;
		if (preempt_needed())
			return -XEN_ERESTART;
	}
	return 0;
}

/* runs: elements as above, bytes: of all of them. */
int32_t do_ringone_runs(gva_t runs, uint32_t bytes)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	uint32_t at = runs.a, end = at + bytes;
	int rc;

	if (unlikely(!guest_words_ok(d, runs, bytes)))
		return trace_error(-XEN_EFAULT);
	spin_lock(&d->mm.lock);
	rc = unlikely(v->mm.old_table) ? finish_old_table(v) : 0;
	if (likely(!rc))
		rc = perform_all(d, &at, end);
	spin_unlock(&d->mm.lock);
	if (unlikely(rc == -XEN_ERESTART))
		return hypercall_continue(__HYPERVISOR_ringone_runs, 2, at, end - at, 0, 0);
	return likely(!rc) ? 0 : trace_error(rc);
}
