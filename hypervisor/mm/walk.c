/* SPDX-License-Identifier: MIT */
/* Following the loaded tables by hand, as the processor would. */
#include "console.h"
#include "internal.h"

static pte_t read_entry(mfn_t table, uint32_t index)
{
	pte_t *t = map_frame(table), e = t[index];

	unmap_frame(t);
	return e;
}

/*
 * Walks keep the L2 mapped while they look at the L1: so each level has a slot
 * of the map cache of its own, and finds there what it put there last time.
 */
/*
 * The entry that maps va (from the per-CPU L3 that is loaded), or 0; *table is
 * its L1.  For a large page, which only the hypervisor could have, the L2's.
 */
pte_t guest_walk_l1(uint32_t va, mfn_t *table)
{
	pte_t e = this_cpu()->l3[va >> 30], *l2;

	*table = INVALID_MFN;
	if (!(e.v & PTE_P))
		return PTE(0);
	*table = pte_mfn(e);
	l2 = map_frame(*table);
	e = l2[(va >> 21) & 511];
	if ((e.v & (PTE_P | PTE_PSE)) == PTE_P) {
		*table = pte_mfn(e);
		e = read_entry(*table, (va >> 12) & 511);
	}
	unmap_frame(l2);
	return e.v & PTE_P ? e : PTE(0);
}

uint32_t guest_walk_rights(uint32_t va)
{
	uint32_t rights = PTE_P | PTE_RW | PTE_US;
	pte_t e = this_cpu()->l3[va >> 30]; /* which has no rights of its own to give */

	if (!(e.v & PTE_P))
		return 0;
	e = read_entry(pte_mfn(e), (va >> 21) & 511);
	rights &= (uint32_t)e.v;
	if ((e.v & (PTE_P | PTE_PSE)) == PTE_P)
		rights &= (uint32_t)read_entry(pte_mfn(e), (va >> 12) & 511).v;
	return rights & PTE_P ? rights : 0;
}

/* For the guest's own view see v->l3_shadow: this is a slot the guest may change. */
pte_t *map_guest_l1_slot(struct vcpu *v, uint32_t va, struct page_info **table)
{
	pte_t e = v->l3_shadow[va >> 30], *l2, *l1;
	struct page_info *p;

	if (!(pte_low(e) & (uint32_t)PTE_P))
		return NULL;
	l2 = map_frame(pte_mfn(e));
	e = l2[(va >> 21) & 511];
	if (!(pte_low(e) & (uint32_t)PTE_P) || !mfn_valid(pte_mfn(e)))
		goto none;
	/* In a linear slot there is an L2; behind a slot of ours, nothing of the guest's. */
	p = mfn_to_page(pte_mfn(e));
	if (!TRUST_CHECK(4, 10,
			 (p->type & (PGT_type_mask | PGT_validated)) == (PGT_l1 | PGT_validated)) ||
	    p->owner != v->domain)
		goto none;
	*table = p;
	l1 = map_frame(pte_mfn(e));
	return &l1[(va >> 12) & 511];
none:
	unmap_frame(l2);
	return NULL;
}

void unmap_guest_l1_slot(const pte_t *slot)
{
	unmap_frame(slot);
	unmap_frame(slot); /* and the L2 */
}

static const char *type_name(const struct page_info *p)
{
	static const char *const names[] = { "none", "writable", "L1", "L2", "L3", "descriptors" };
	uint32_t t = (p->type & PGT_type_mask) >> 28;

	return t < ARRAY_SIZE(names) ? names[t] : "?";
}

static void print_entry(const char *level, uint32_t index, pte_t e)
{
	mfn_t m = pte_mfn(e);

	printk_raw("  %s[%03x] = %016llx", level, index, e.v);
	if (!(e.v & PTE_P)) {
		printk_raw(" not present\n");
	} else if (frame_is_io(m)) {
		printk_raw(" frame %x, not RAM\n", m.n);
	} else {
		const struct page_info *p = mfn_to_page(m);

		printk_raw(" frame %x, pfn %x, type %s, %u type references, %u references\n", m.n,
			   m2p_rw[m.n], type_name(p), p->type & PGT_count_mask,
			   p->count & PGC_count_mask);
	}
}

void print_page_walk(uint32_t va)
{
	pte_t e = this_cpu()->l3[va >> 30];
	uint32_t index = (va >> 21) & 511;

	printk_raw("page walk of %08x:\n", va);
	print_entry("L3", va >> 30, e);
	if (!(e.v & PTE_P))
		return;
	e = read_entry(pte_mfn(e), index);
	print_entry("L2", index, e);
	if (!(e.v & PTE_P) || e.v & PTE_PSE)
		return;
	index = (va >> 12) & 511;
	print_entry("L1", index, read_entry(pte_mfn(e), index));
}
