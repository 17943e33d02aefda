/* SPDX-License-Identifier: MIT */
/*
 * Descriptor pages: GDT and LDT frames are typed, so no guest can write to
 * them, and every descriptor in them was looked at (TRUST 16).
 */
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"

/* Limits that reach the hole are truncated in place; what cannot be mended is refused. */
int seg_desc_validate(struct page_info *p)
{
	uint64_t *desc = map_frame(page_to_mfn(p));
	int rc = 0;

	for (uint32_t i = 0; i < PAGE_SIZE / sizeof(*desc); i++)
		if (!descriptor_fixup(p->owner, &desc[i])) {
			rc = -XEN_EINVAL;
			break;
		}
	unmap_frame(desc);
	return rc;
}

/*
 * The guest stops mapping a descriptor page read-only.  It cannot know that an
 * LDT window may still hold the page from earlier use, so the windows let go;
 * what is needed again comes back by ldt_fault().  The owner's mm_lock is held.
 */
void seg_desc_unmapped(struct page_info *p)
{
	struct domain *d = p->owner;

	if (!d || !(p->type & PGT_count_mask))
		return;
	/* Another domain's page: its windows are no affair of who mapped it, nor is its lock. */
	if (d != current->domain)
		return;
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (d->vcpus[i] && d->vcpus[i]->mm.ldt_mapped)
			TRUST_EFFECT(16, 101, ldt_unmap_all(d->vcpus[i]));
}

/*
 * The processor wanted a descriptor from the LDT window and found no page
 * there.  Its place in the guest's memory is found, typed and mapped.  False
 * when the guest has no such page; then the fault is the guest's.
 */
bool ldt_fault(struct vcpu *v, uint32_t va)
{
	struct domain *d = v->domain;
	uint32_t offset = va - LDT_WINDOW(v->id), page = offset / PAGE_SIZE;
	struct page_info *p;
	bool ok = false;
	mfn_t table;
	pte_t e;

	if (va < LDT_WINDOW(v->id) || offset >= v->mm.ldt_entries * sizeof(uint64_t) ||
	    v->mm.ldt_mapped & (1U << page))
		return false;
	if (!guest_range_ok(gva_add(v->mm.ldt_base, page * PAGE_SIZE), PAGE_SIZE))
		return false;

	spin_lock(&d->mm.lock);
	e = guest_walk_l1(gva_add(v->mm.ldt_base, page * PAGE_SIZE), &table);
	if (!(e.v & PTE_P) || !mfn_valid(pte_mfn(e)))
		goto out;
	p = mfn_to_page(pte_mfn(e));
	if (get_page_and_type(p, d, PGT_seg_desc))
		goto out;
	perdomain_set(d, LDT_WINDOW(v->id) + page * PAGE_SIZE, pte_mfn(e), true);
	v->mm.ldt_mapped |= 1U << page;
	ok = true;
out:
	spin_unlock(&d->mm.lock);
	return ok;
}
