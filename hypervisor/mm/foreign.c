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

/* Of a linear address of v. */
static bool place_of(const struct vcpu *v, uint64_t va, struct entry_place *at)
{
	struct page_info *table;
	const pte_t *slot;

	if (va >> 32 || va >= guest_range_end(v->domain) ||
	    !guest_l1_slot(v, GVA(va), &table, &slot))
		return false;
	*at = (struct entry_place){ page_to_mfn(table), va >> PAGE_SHIFT & 511 };
	return true;
}

static bool place_named(const struct vcpu *v, uint64_t addr, bool by_entry, struct entry_place *at)
{
	if (!by_entry)
		return place_of(v, addr, at);
	if (addr >> 44 || addr % sizeof(pte_t))
		return false;
	*at = (struct entry_place){ MFN(addr >> PAGE_SHIFT),
				    (addr & (PAGE_SIZE - 1)) / sizeof(pte_t) };
	return true;
}

int foreign_entry_set(struct vcpu *v, uint64_t addr, bool by_entry, pte_t new, struct domain *owner,
		      struct entry_place *at)
{
	struct domain *d = v->domain;
	struct page_info *table;
	int rc = -XEN_EFAULT;
	const pte_t *slot;

	spin_lock(&d->mm.lock);
	slot = place_named(v, addr, by_entry, at) ? at_place(d, at, &table) : NULL;
	if (slot)
		rc = entry_update(table, slot, new, 0, d, owner);
	spin_unlock(&d->mm.lock);
	return rc;
}

static bool maps(const pte_t *slot, mfn_t frame)
{
	return slot && slot->v & PTE_P && mfn_eq(pte_mfn(*slot), frame);
}

static bool same_place(const struct entry_place *a, const struct entry_place *b)
{
	return mfn_eq(a->table, b->table) && a->slot == b->slot;
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
	slot = at_place(d, at, &table);
	rc = entry_update(table, slot, e, 0, d, d);
	if (rc)
		return rc;
	slot = at_place(d, from, &table);
	return entry_update(table, slot, PTE(0), 0, d, d);
}

int foreign_entry_clear(struct vcpu *v, uint64_t addr, const struct entry_place *at, mfn_t frame,
			uint64_t replace)
{
	struct entry_place named, from;
	struct domain *d = v->domain;
	struct page_info *table;
	bool by_address;
	int rc = 0;
	const pte_t *slot;

	spin_lock(&d->mm.lock);
	slot = at_place(d, at, &table);
	if (!maps(slot, frame))
		goto out; /* its owner has let go of it already */
	by_address = place_named(v, addr, false, &named) && same_place(&named, at);
	if (!by_address && !(place_named(v, addr, true, &named) && same_place(&named, at))) {
		rc = -XEN_EFAULT;
		goto out;
	}
	if (!replace) {
		slot = at_place(d, at, &table);
		rc = entry_update(table, slot, PTE(0), 0, d, d);
	} else if (!place_of(v, replace, &from)) {
		rc = -XEN_EFAULT;
	} else {
		rc = move(d, &from, at);
	}
out:
	spin_unlock(&d->mm.lock);
	return rc;
}
