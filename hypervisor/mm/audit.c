/* SPDX-License-Identifier: MIT */
/*
 * The audit: every reference and type count of a domain is computed anew, from
 * its page tables and from what else is known to hold frames, and compared
 * with what stands in the frame table.  Debug builds answer it as a hypercall.
 *
 * It has to see all of them as of one moment, and looking takes as long as the
 * domain has tables: half a second.  So the domain that asks stands still
 * meanwhile, and only that: none of its VCPUs runs, the one that called does
 * the work on its way out, in its own time and in steps, and between two of them
 * other domains run and interrupts are taken.  What foreign mappings change
 * meanwhile may be reported as a disagreement.
 *
 * A privileged domain may ask for all there is: then all the others stand still
 * too, the frames of each are recounted, and the other rooms say what does not
 * add up in what they keep (`audit` and `domain_refs` of unit.h).
 */
#include "call/call.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "say/say.h"
#include "unit.h"

#define MAX_COMPLAINTS  16
#define FRAMES_A_BREATH 512
#define PAGES_A_BREATH  16

struct tally {
	uint32_t count, type;
};

#define TALLIES (PAGE_SIZE / sizeof(struct tally)) /* a page */

struct audit {
	struct domain *d;      /* who asked; NULL: none is under way */
	bool whole;            /* of all domains */
	struct tally **tally;  /* one a frame, in pages */
	uint32_t pages;        /* of them are there */
	uint32_t next;         /* frames looked at, and then compared */
	uint32_t holder, from; /* between the two: the next domain's number, and where in it */
	uint32_t complaints, tables, entries, frames;
	struct domain *charged; /* whose frames are counted */
	uint32_t its_frames;
	bool verbose;
};

static void complain(struct audit *a, mfn_t m, const char *what, uint32_t is, uint32_t should_be)
{
	if (a->complaints++ >= MAX_COMPLAINTS)
		return;
	printk(LOG_ERR,
	       "audit: frame %x (domain %u, pfn %x, type word %08x): %s is %u, should be %u\n", m.n,
	       mfn_to_page(m)->owner->id, m2p_rw[m.n], mfn_to_page(m)->type, what, is, should_be);
}

static struct tally *tally_of(const struct audit *a, mfn_t m)
{
	return &a->tally[m.n / TALLIES][m.n % TALLIES];
}

/* Are the frames of this owner to be recounted? */
static bool in_question(const struct audit *a, const struct domain *owner)
{
	return a->whole ? owner && !is_no_domain(owner) : owner == a->d;
}

/* Something holds a reference to m, and a type reference of this kind (PGT_none: none). */
static void held(struct audit *a, mfn_t m, uint32_t kind)
{
	if (!mfn_valid(m) || !mfn_to_page(m)->count || !in_question(a, mfn_to_page(m)->owner))
		return;
	tally_of(a, m)->count++;
	if (kind == PGT_none)
		return;
	tally_of(a, m)->type++;
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
		uint64_t want = i < top_l2_limit(mfn_to_page(m)->owner) ? t[i].v : 0;

		if (!((view[i].v ^ want) & ~(PTE_A | PTE_D)))
			continue;
		complain(a, m, "an entry of its view, low word,", view[i].v, want);
		complain(a, m, "the entry before the first that it should not have", i,
			 top_l2_limit(mfn_to_page(m)->owner));
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

	tally_of(a, m)->count += p->count & PGC_allocated || p->count & PGC_heap;
	tally_of(a, m)->type += p->count & PGC_heap || is_view(p);
	if (p->type & PGT_pinned)
		held(a, m, kind);
	if (p->type & PGT_partial)
		held(a, m, kind);
}

static void audit_vcpu(struct audit *a, struct vcpu *v)
{
	const pte_t *t;

	for (uint32_t i = 0; i < v->mm.nr_gdt_frames; i++)
		held(a, v->mm.gdt_frames[i], PGT_seg_desc);
	for (uint32_t i = 0; i < v->mm.nr_gdt_taken; i++)
		held(a, v->mm.gdt_taken[i], PGT_seg_desc);
	for (uint32_t i = 0; i < 16; i++)
		if (v->mm.ldt_mapped & (1U << i))
			held(a,
			     pte_mfn(v->domain->mm
					     .perdomain_pt[(LDT_WINDOW(v->id) - PERDOMAIN_START) /
								   PAGE_SIZE +
							   i]),
			     PGT_seg_desc);
	if (v->mm.old_table)
		held(a, page_to_mfn(v->mm.old_table), PGT_none);
	if (!v->mm.guest_cr3.n || mfn_eq(v->mm.guest_cr3, INVALID_MFN))
		return;
	held(a, v->mm.guest_cr3, PGT_l3);
	t = map_frame(v->mm.guest_cr3);
	for (uint32_t i = 0; i < 4; i++)
		if (v->mm.l3_shadow[i].v != (t[i].v & PTE_P ? t[i].v & L3_LOADED_BITS : 0))
			complain(a, v->mm.guest_cr3, "loaded L3 entry, low word,",
				 v->mm.l3_shadow[i].v, t[i].v);
	unmap_frame(t);
}

static void compare(struct audit *a, mfn_t m)
{
	struct page_info *p = mfn_to_page(m);
	uint32_t count = p->count & PGC_count_mask, type = p->type & PGT_count_mask;

	const struct tally *t = tally_of(a, m);

	if (count != t->count)
		complain(a, m, "reference count", count, t->count);
	if (type != t->type)
		complain(a, m, "type count", type, t->type);
}

/* A frame of a domain's in question, that is somebody's still? */
static bool is_own(const struct audit *a, mfn_t m)
{
	return mfn_to_page(m)->count && in_question(a, mfn_to_page(m)->owner);
}

/* Tables of other domains may hold frames of this one, too: mappings of the tools', and the like. */
static void audit_frame(struct audit *a, mfn_t m)
{
	const struct page_info *p = mfn_to_page(m);

	if (is_own(a, m))
		audit_state(a, m);
	else if (!p->count || !p->owner || p->owner == &dom_io)
		return;
	audit_contents(a, m);
}

static void held_by_unit(void *audit, mfn_t m, bool written)
{
	held(audit, m, written ? PGT_writable : PGT_none);
}

/*
 * What is held by neither frame nor table, a piece at a time: others may have frames of ours, and come
 * and go between two pieces.  True: that was all.
 */
static bool audit_holders(struct audit *a)
{
	struct domain *d = NULL;

	for (struct domain *other = domains; other; other = other->next)
		if (other->id >= a->holder && (!d || other->id < d->id))
			d = other;
	if (!d)
		return true;
	if (d->id != a->holder)
		a->from = 0;
	if (!a->from) {
		units_frames_held(d, held_by_unit, a);
		for (uint32_t i = 0; i < d->nr_vcpus; i++)
			audit_vcpu(a, d->vcpus[i]);
	}
	a->from = units_frames_held_long(d, a->from, held_by_unit, a);
	a->holder = d->id + !a->from;
	return false;
}

static void compare_frame(struct audit *a, mfn_t m)
{
	if (!is_own(a, m))
		return;
	compare(a, m);
	a->frames += !(mfn_to_page(m)->count & PGC_heap) && !is_view(mfn_to_page(m));
}

static uint32_t pages_wanted(void)
{
	return ROUND_UP(max_mfn, TALLIES) / TALLIES;
}

/* A place for each frame's figures: 0, -XEN_ERESTART or -XEN_ENOMEM. */
static int prepare(struct audit *a)
{
	for (; a->pages < pages_wanted(); a->pages++) {
		if (a->pages % PAGES_A_BREATH == PAGES_A_BREATH - 1)
			breathe();
		if (a->pages && work_noted())
			return -XEN_ERESTART;
		a->tally[a->pages] = heap_alloc_page();
		if (!a->tally[a->pages])
			return -XEN_ENOMEM;
	}
	return 0;
}

/* Of the domain whose turn it is: it has as many frames as it is charged for.  False: all have. */
static bool count_frame(struct audit *a, uint32_t i)
{
	const struct page_info *p = mfn_to_page(MFN(i));

	if (!i && !a->charged)
		a->charged = a->whole ? domains : a->d;
	if (!i)
		a->its_frames = 0;
	a->its_frames += p->count && p->owner == a->charged && !(p->count & PGC_heap) &&
			 !is_view(p);
	if (i < max_mfn - 1)
		return true;
	if (a->its_frames != a->charged->mm.nr_pages) {
		a->complaints++;
		printk(LOG_ERR, "audit: domain %u has %u frames, should have %u\n", a->charged->id,
		       a->its_frames, a->charged->mm.nr_pages);
	}
	a->charged = a->charged->next;
	return a->whole && a->charged;
}

/* All tables, then all frames once more, then those of each.  A table is cheap enough for one go. */
static int go_on(struct audit *a)
{
	uint32_t began = a->next, tables = a->tables;

	for (; a->next < 3 * max_mfn; a->next++) {
		if (a->next % FRAMES_A_BREATH == 0 || tables != a->tables)
			breathe();
		tables = a->tables;
		if (a->next != began && work_noted())
			return -XEN_ERESTART;
		while (a->next == max_mfn && !audit_holders(a)) {
			breathe();
			if (TRUST_WHEN(5, 113, work_noted()))
				return -XEN_ERESTART;
		}
		if (a->next < max_mfn)
			audit_frame(a, MFN(a->next));
		else if (a->next < 2 * max_mfn)
			compare_frame(a, MFN(a->next - max_mfn));
		else if (count_frame(a, a->next - 2 * max_mfn) && a->next == 3 * max_mfn - 1)
			a->next = 2 * max_mfn - 1; /* the next domain */
	}
	return 0;
}

static int32_t verdict(struct audit *a)
{
	if (a->whole)
		a->complaints += units_audit();
	if (a->verbose || a->complaints)
		printk(a->complaints ? LOG_ERR : LOG_INFO,
		       "audit: domain %u: %u frames, %u tables, %u mappings, %u disagreements\n",
		       a->d->id, a->frames, a->tables, a->entries, a->complaints);
	return a->complaints ? -XEN_EINVAL : 0;
}

/* ---- the call ---- */

static struct audit running;

/* All but d; between the two nobody runs who could make one or end one. */
static void start_others(const struct domain *d)
{
	for (struct domain *other = domains; other; other = other->next)
		if (other != d)
			domain_unpause(other);
}

static void let_run(struct domain *d)
{
	if (running.whole)
		start_others(d);
	for (uint32_t i = 0; i < running.pages; i++) {
		heap_free_page(running.tally[i]);
		if (i % PAGES_A_BREATH == 0)
			breathe();
	}
	heap_free(running.tally);
	running = (struct audit){ 0 };
	d->mm.auditor = NULL;
	units_domain_recheck(d);
}

void audit_continue(struct vcpu *v)
{
	struct domain *d = v->domain;
	int rc = prepare(&running);

	if (!rc) {
		spin_lock(&d->mm.lock);
		rc = go_on(&running);
		spin_unlock(&d->mm.lock);
	}
	if (rc == -XEN_ERESTART)
		return;
	guest_regs()->eax = rc ? rc : verdict(&running);
	let_run(d);
}

void audit_give_up(struct domain *d)
{
	if (d->mm.auditor)
		let_run(d);
}

#ifdef RINGONE_DEBUG
static void stop_others(const struct domain *d)
{
	for (struct domain *other = domains; other; other = other->next)
		if (other != d)
			domain_pause(other);
}
#endif

/*
 * what: RINGONE_AUDIT_*.  0: all agree; -XEN_EINVAL: some do not, and the log says
 * which; -XEN_EBUSY: one is under way; -XEN_EPERM: not for any but the
 * first domain, for it takes most of the heap, or the others are not the caller's to
 * stop; -XEN_ENOMEM.  Not in a multicall: its answer comes
 * when the call returns.
 */
int32_t do_ringone_audit(uint32_t what)
{
#ifdef RINGONE_DEBUG
	struct domain *d = current->domain;

	if (multicall_current)
		return trace_error(-XEN_EINVAL);
	if (!TRUST_CHECK(25, 12, d == hardware_domain))
		return trace_error(-XEN_EPERM);
	if (what & (RINGONE_AUDIT_WHOLE | RINGONE_AUDIT_HEAP) && !TRUST_CHECK(25, 9, d->privileged))
		return trace_error(-XEN_EPERM);
	if (what & RINGONE_AUDIT_HEAP)
		return heap_objects();
	if (running.d)
		return trace_error(-XEN_EBUSY);
	running.tally = heap_alloc(pages_wanted() * sizeof(*running.tally));
	if (!running.tally)
		return trace_error(-XEN_ENOMEM);
	running.d = d;
	running.whole = what & RINGONE_AUDIT_WHOLE;
	running.verbose = what & RINGONE_AUDIT_VERBOSE;
	if (running.whole)
		stop_others(d);
	d->mm.auditor = current;
	units_domain_recheck(d);
	this_cpu()->softirq |= SOFTIRQ_RELOAD;
	return 0;
#else
	return -XEN_ENOSYS;
#endif
}
