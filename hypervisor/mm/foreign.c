/* SPDX-License-Identifier: MIT */
/*
 * Entries that map another domain's frame by grant.  The grant says whether they
 * may; here it is an entry like any other, that holds a reference and, to be
 * written through, a type of its frame until it goes, whichever way it goes.
 *
 * A mapping is known by the place of its entry, not by its address: tables can be
 * moved about in the linear space, but an entry cannot be copied to another place
 * without asking us, and for a frame of somebody else the answer is no.
 */
#include "internal.h"
#include "l1_entry.h"
#include "mm.h"
#include "domain/domain.h"

/* The entry at a place, if an L1 of d is there; the table's frame in *table. */
static const pte_t *at_place(const struct domain *d, const struct entry_place *at,
			     struct page_info **table)
{
	struct page_info *p = mfn_to_page(at->table);

	if (!mfn_valid(at->table) || p->owner != d ||
	    !TRUST_CHECK(1, 70,
			 (p->type & (PGT_type_mask | PGT_validated)) == (PGT_l1 | PGT_validated)))
		return NULL;
	*table = p;
	return (const pte_t *)map_table(at->table) + at->slot;
}

/* The entry that maps a linear address of v, its place, and its table, an L1 of v's domain; or NULL. */
static inline const pte_t *slot_of(const struct vcpu *v, uint64_t va, struct entry_place *at,
				   struct page_info **table)
{
	const pte_t *slot;

	if (unlikely(va >> 32 || (uint32_t)va >= guest_range_end(v->domain)) ||
	    unlikely(!guest_l1_slot(v, GVA(va), table, &slot)))
		return NULL;
	*at = (struct entry_place){ page_to_mfn(*table), (uint32_t)va >> PAGE_SHIFT & 511 };
	return slot;
}

static bool place_of_entry(uint64_t addr, struct entry_place *at)
{
	if (addr >> 44 || addr % sizeof(pte_t))
		return false;
	*at = (struct entry_place){ MFN(addr >> PAGE_SHIFT),
				    (addr & (PAGE_SIZE - 1)) / sizeof(pte_t) };
	return true;
}

int foreign_entry_set(struct foreign_entry *f, bool by_entry)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	struct page_info *table;
	int rc = -XEN_EFAULT;
	const pte_t *slot;

	spin_lock(&d->mm.lock);
	if (likely(!by_entry))
		slot = slot_of(v, f->addr, &f->at, &table);
	else
		slot = place_of_entry(f->addr, &f->at) ? at_place(d, &f->at, &table) : NULL;
	if (likely(slot))
		rc = l1_update(table, slot, pte_low(f->new), pte_high(f->new), d, f->owner);
	spin_unlock(&d->mm.lock);
	return rc;
}

bool frame_belongs_to(mfn_t m, const struct domain *d)
{
	const struct page_info *p = mfn_to_page(m);

	return mfn_valid(m) && (p->owner == d || p->owner == &dom_io);
}

/* The mapper's own, or hardware, of which its own right is asked again where it goes. */
static bool is_own_frame(mfn_t m, const struct domain *d)
{
	return !mfn_valid(m) || frame_belongs_to(m, d);
}

static bool maps(const pte_t *slot, mfn_t frame)
{
	return slot && slot->v & PTE_P && mfn_eq(pte_mfn(*slot), frame);
}

static bool same_place(const struct entry_place *a, const struct entry_place *b)
{
	return mfn_eq(a->table, b->table) && a->slot == b->slot;
}

/* The same when `addr` is not the address of the entry at `at`: it names the entry itself, or is wrong. */
static int clear_by_entry(struct domain *d, uint64_t addr, const struct entry_place *at,
			  mfn_t frame)
{
	struct entry_place named;
	struct page_info *table;
	const pte_t *slot = at_place(d, at, &table);

	if (!maps(slot, frame))
		return 0; /* its owner has let go of it already */
	if (!place_of_entry(addr, &named) || !same_place(&named, at))
		return -XEN_EFAULT;
	return l1_update(table, slot, 0, 0, d, d);
}

int foreign_entry_clear(uint64_t addr, const struct entry_place *at, mfn_t frame)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	struct entry_place named;
	struct page_info *table;
	const pte_t *slot;
	int rc = 0;

	spin_lock(&d->mm.lock);
	slot = slot_of(v, addr, &named, &table);
	if (unlikely(!slot) || unlikely(!TRUST_CHECK(22, 71, same_place(&named, at))))
		rc = clear_by_entry(d, addr, at, frame);
	else if (TRUST_CHECK(22, 72,
			     maps(slot, frame))) /* else its owner has let go of it already */
		rc = l1_update(table, slot, 0, 0, d, d);
	spin_unlock(&d->mm.lock);
	return rc;
}

/* The entry at `from` leaves its place for `at`; as it is d's own frame, by the ordinary rules. */
static int move(struct domain *d, const struct entry_place *from, const struct entry_place *at)
{
	struct page_info *table;
	const pte_t *slot = at_place(d, from, &table);
	pte_t e;
	int rc;

	if (!slot)
		return -XEN_EFAULT;
	e = *slot;
	/* One that maps another domain's frame stays where its own track knows it to be. */
	if (e.v & PTE_P && !TRUST_CHECK(22, 73, is_own_frame(pte_mfn(e), d)))
		return -XEN_EINVAL;
	slot = at_place(d, at, &table);
	rc = entry_update(table, slot, e, 0, d, d);
	if (rc)
		return rc;
	slot = at_place(d, from, &table);
	return entry_update(table, slot, PTE(0), 0, d, d);
}

int foreign_entry_replace(uint64_t addr, const struct entry_place *at, mfn_t frame,
			  uint64_t replace)
{
	struct vcpu *v = current;
	struct domain *d = v->domain;
	struct entry_place named, from;
	struct page_info *table;
	int rc = 0;

	spin_lock(&d->mm.lock);
	if (!maps(at_place(d, at, &table), frame))
		goto out; /* its owner has let go of it already */
	if (!slot_of(v, addr, &named, &table) || !same_place(&named, at))
		rc = -XEN_EFAULT; /* by its own place, GNTMAP_contains_pte, there is no replacing */
	else if (!slot_of(v, replace, &from, &table))
		rc = -XEN_EFAULT;
	else
		rc = move(d, &from, at);
out:
	spin_unlock(&d->mm.lock);
	return rc;
}
