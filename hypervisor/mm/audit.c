/* SPDX-License-Identifier: MIT */
/*
 * The audit: every reference and type count of a domain is computed anew, from
 * its page tables and from what else is known to hold frames, and compared
 * with what stands in the frame table.  Debug builds answer it as a hypercall.
 */
#include "call/call.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "say/say.h"

#define MAX_COMPLAINTS 16

struct tally {
	uint32_t count, type;
};

struct audit {
	struct domain *d;
	struct tally *tally; /* one a frame */
	uint32_t complaints, tables, entries;
};

static void complain(struct audit *a, mfn_t m, const char *what, uint32_t is, uint32_t should_be)
{
	if (a->complaints++ >= MAX_COMPLAINTS)
		return;
	printk(LOG_ERR, "audit: frame %x (pfn %x, type word %08x): %s is %u, should be %u\n", m.n,
	       m2p_rw[m.n], mfn_to_page(m)->type, what, is, should_be);
}

/* Something holds a reference to m, and a type reference of this kind (PGT_none: none). */
static void held(struct audit *a, mfn_t m, uint32_t kind)
{
	if (!mfn_valid(m) || mfn_to_page(m)->owner != a->d)
		return;
	a->tally[m.n].count++;
	if (kind == PGT_none)
		return;
	a->tally[m.n].type++;
	if ((mfn_to_page(m)->type & PGT_kind_mask) != kind)
		complain(a, m, "kind", (mfn_to_page(m)->type & PGT_kind_mask) >> 24, kind >> 24);
}

static void audit_l1(struct audit *a, mfn_t m, const pte_t *t)
{
	uint32_t present = 0;

	for (uint32_t i = 0; i < 512; i++) {
		if (!(t[i].v & PTE_P))
			continue;
		present++;
		if (!frame_is_io(pte_mfn(t[i])))
			held(a, pte_mfn(t[i]), t[i].v & PTE_RW ? PGT_writable : PGT_none);
	}
	a->entries += present;
	if (present != mfn_to_page(m)->present)
		complain(a, m, "number of present entries", mfn_to_page(m)->present, present);
}

/* What is shown of a top L2 is its guest's part, and nothing else. */
static void audit_view(struct audit *a, mfn_t m, const pte_t *t)
{
	const pte_t *view;

	if (!has_view(t))
		return;
	view = map_frame(MFN(pte_high(t[VIEW_SLOT])));
	for (uint32_t i = 0; i < VIEW_SLOT; i++) {
		uint64_t want = i < top_l2_limit(a->d) ? t[i].v : 0;

		if ((view[i].v ^ want) & ~(PTE_A | PTE_D))
			complain(a, m, "an entry of its view, low word,", view[i].v, want);
	}
	unmap_frame(view);
}

static void audit_l2(struct audit *a, mfn_t m, const pte_t *t)
{
	struct page_info *p = mfn_to_page(m);

	for (uint32_t i = 0; i < p->validated; i++) {
		mfn_t child = pte_mfn(t[i]);
		uint32_t kind = mfn_valid(child) ? mfn_to_page(child)->type & PGT_type_mask : 0;

		/* A view is held by name only; its type is its own (topview.c). */
		if (t[i].v & PTE_P && !mfn_eq(child, m))
			held(a, child,
			     kind == PGT_view ? PGT_none
			     : kind == PGT_l2 ? kind
					      : PGT_l1);
	}
	if (!(p->type & PGT_top) || !(p->type & PGT_validated))
		return;
	audit_view(a, m, t);
	for (uint32_t i = HOLE_FIRST_SLOT; i < VIEW_SLOT; i++)
		if (i != PERDOMAIN_SLOT && (t[i].v ^ idle_top_l2[i].v) & ~(PTE_A | PTE_D))
			complain(a, m, "a slot of the hypervisor's, low word,", t[i].v,
				 idle_top_l2[i].v);
}

static void audit_l3(struct audit *a, mfn_t m, const pte_t *t)
{
	for (uint32_t i = 0; i < mfn_to_page(m)->validated; i++)
		if (t[i].v & PTE_P)
			held(a, pte_mfn(t[i]), i == 3 ? PGT_l2 | PGT_top : PGT_l2);
}

static void audit_contents(struct audit *a, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	uint32_t kind = p->type & PGT_type_mask;
	const pte_t *t;

	if (!(p->type & PGT_count_mask) || (kind != PGT_l1 && kind != PGT_l2 && kind != PGT_l3))
		return;
	a->tables++;
	t = map_frame(m);
	if (kind == PGT_l1)
		audit_l1(a, m, t);
	else if (kind == PGT_l2)
		audit_l2(a, m, t);
	else
		audit_l3(a, m, t);
	if (p->type & PGT_half)
		held(a, pte_mfn(t[p->validated]), PGT_none);
	unmap_frame(t);
}

/* What the frame's own state says it holds: owner, pin, unfinished work, a share of the heap. */
static void audit_state(struct audit *a, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	uint32_t kind = p->type & PGT_kind_mask;

	a->tally[m.n].count += p->count & PGC_allocated || p->count & PGC_heap;
	a->tally[m.n].type += p->count & PGC_heap || is_view(p);
	if (p->type & PGT_pinned)
		held(a, m, kind);
	if (p->type & PGT_partial)
		held(a, m, kind);
}

static void audit_vcpu(struct audit *a, struct vcpu *v)
{
	const pte_t *t;

	for (uint32_t i = 0; i < v->nr_gdt_frames; i++)
		held(a, v->gdt_frames[i], PGT_seg_desc);
	for (uint32_t i = 0; i < 16; i++)
		if (v->ldt_mapped & (1U << i))
			held(a,
			     pte_mfn(a->d->perdomain_pt[(LDT_WINDOW(v->id) - PERDOMAIN_START) /
								PAGE_SIZE +
							i]),
			     PGT_seg_desc);
	if (v->info != &a->d->shared->vcpu_info[v->id])
		held(a, v->info_mfn, PGT_writable);
	if (v->old_table)
		held(a, page_to_mfn(v->old_table), PGT_none);
	if (!v->guest_cr3.n || mfn_eq(v->guest_cr3, INVALID_MFN))
		return;
	held(a, v->guest_cr3, PGT_l3);
	t = map_frame(v->guest_cr3);
	for (uint32_t i = 0; i < 4; i++)
		if (v->l3_shadow[i].v != (t[i].v & PTE_P ? t[i].v & L3_LOADED_BITS : 0))
			complain(a, v->guest_cr3, "loaded L3 entry, low word,", v->l3_shadow[i].v,
				 t[i].v);
	unmap_frame(t);
}

static void compare(struct audit *a, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	uint32_t count = p->count & PGC_count_mask, type = p->type & PGT_count_mask;

	if (count != a->tally[m.n].count)
		complain(a, m, "reference count", count, a->tally[m.n].count);
	if (type != a->tally[m.n].type)
		complain(a, m, "type count", type, a->tally[m.n].type);
}

#define FOR_EACH_FRAME(a, m)                         \
	for (mfn_t m = MFN(0); m.n < max_mfn; m.n++) \
		if (mfn_to_page(m)->count && mfn_to_page(m)->owner == (a)->d)

/* 0: all agree; -XEN_EINVAL: some do not, and the log says which; -XEN_ENOMEM. */
int mm_audit(struct domain *d, bool verbose)
{
	struct audit a = { .d = d };
	uint32_t frames = 0;

	a.tally = heap_alloc(max_mfn * sizeof(*a.tally));
	if (!a.tally)
		return -XEN_ENOMEM;
	spin_lock(&d->mm_lock);
	FOR_EACH_FRAME(&a, m)
	{
		audit_state(&a, m);
		audit_contents(&a, m);
	}
	if (d->pirq_eoi_map)
		held(&a, d->pirq_eoi_mfn, PGT_writable);
	for (uint32_t i = 0; i < MAX_VCPUS; i++)
		if (d->vcpus[i])
			audit_vcpu(&a, d->vcpus[i]);
	FOR_EACH_FRAME(&a, m)
	{
		compare(&a, m);
		frames += !(mfn_to_page(m)->count & PGC_heap) && !is_view(mfn_to_page(m));
	}
	if (frames != d->nr_pages)
		complain(&a, MFN(0), "number of frames of the domain", d->nr_pages, frames);
	spin_unlock(&d->mm_lock);
	heap_free(a.tally);

	if (verbose || a.complaints)
		printk(a.complaints ? LOG_ERR : LOG_INFO,
		       "audit: domain %u: %u frames, %u tables, %u mappings, %u disagreements\n",
		       d->id, frames, a.tables, a.entries, a.complaints);
	return a.complaints ? -XEN_EINVAL : 0;
}

/* a1: say something even when all agree. */
int32_t do_ringone_audit(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			 uint32_t a6)
{
#ifdef RINGONE_DEBUG
	return mm_audit(current->domain, a1);
#else
	return -XEN_ENOSYS;
#endif
}
