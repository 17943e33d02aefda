/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's part of every guest's top L2.
 *
 *	slot	modern kernel			classic kernel
 *	428	guest's				M2P, read-only, at CLASSIC_M2P_START
 *	431	guest's				empty, reserved
 *	480	the hole: M2P, frame table, image, heap      (from idle_top_l2)
 *	508	this domain's descriptor windows
 *	509	the rest of the hole                         (from idle_top_l2)
 *	511	not present: notes its view (topview.c)
 *
 * The M2P of a classic kernel is in large pages, as Xen has it: the tools that
 * save a domain know a top L2, and that its slots from there up are not the
 * guest's, by finding the first frame of the M2P in slot 428.  A modern kernel's
 * has nothing to be known by, so one that the tools make is classic (control/create.c).
 *
 * idle_top_l2 never changes after boot, so a copy made once stays right.
 */
#include "entry_store.h"
#include "internal.h"
#include "mm.h"
#include "domain/domain.h"
#include "lib.h"
#include "say/say.h"
#include "x86.h"

#define SPANS_SIZE (MAX_RAM_FRAMES / SPAN / 8)

/*
 * An L1 for the windows in which the processor sees the domain's GDTs and LDTs, and where its
 * memory will be remembered to lie.
 */
int domain_paging_init(struct domain *d)
{
	d->mm.perdomain_pt = heap_alloc_page();
	d->mm.spans = heap_alloc(SPANS_SIZE);
	if (!d->mm.perdomain_pt || !d->mm.spans)
		return -XEN_ENOMEM;
	d->mm.perdomain_l1 = heap_page_mfn(d->mm.perdomain_pt);
	return 0;
}

void domain_paging_destroy(struct domain *d)
{
	dirty_log_stop(d);
	if (d->mm.perdomain_pt)
		heap_free_page(d->mm.perdomain_pt);
	d->mm.perdomain_pt = NULL;
	heap_free(d->mm.spans);
	d->mm.spans = NULL;
}

/*
 * Entry of a descriptor window: supervisor, and read-only when the frame is a
 * guest's.  Our own pages there (busy bits of task descriptors) are writable.
 * Locks: the domain's mm_lock, or nobody else knows the domain yet.
 */
void perdomain_set(struct domain *d, uint32_t va, mfn_t m, bool present)
{
	const pte_t *slot = &d->mm.perdomain_pt[(va - PERDOMAIN_START) / PAGE_SIZE];
	uint64_t flags = PTE_P | PTE_A;
	pte_t new;

	if (va < PERDOMAIN_START || va - PERDOMAIN_START >= PERDOMAIN_SIZE)
		panic("perdomain_set: %#x lies outside the windows", va);
	if (present && (!mfn_valid(m) || !mfn_to_page(m)->owner))
		flags |= PTE_RW | PTE_D;
	new = present ? mfn_pte(m, flags) : PTE(0);
	if (slot->v == new.v)
		return; /* mostly: a VCPU comes back to the processor it was on */
	entry_exchange(slot, new, 0);
	TRUST_EFFECT(16, 100, flush_tlb_one_mask(~0U, va));
}

void map_hypervisor_page(uint32_t va, mfn_t m, uint64_t flags)
{
	const pte_t *l1;

	if (va >= FIXMAP_START && va < FIXMAP_START + FIXMAP_SIZE)
		l1 = &fixmap_l1[(va - FIXMAP_START) / PAGE_SIZE];
	else if (va >= HEAP_START && va < HEAP_START + HEAP_SIZE)
		l1 = &heap_l1[(va - HEAP_START) / PAGE_SIZE];
	else
		panic("map_hypervisor_page: %#x lies neither in the fixmap nor in the heap", va);
	entry_exchange(l1, flags ? mfn_pte(m, flags) : PTE(0), 0);
	invlpg(va);
}

void top_l2_install(struct domain *d, const pte_t *top_l2)
{
	const pte_t windows = mfn_pte(d->mm.perdomain_l1, PTE_P | PTE_RW | PTE_A);

	/* Without the last one, which is never present. */
	entries_put(&top_l2[HOLE_FIRST_SLOT], &idle_top_l2[HOLE_FIRST_SLOT],
		    VIEW_SLOT - HOLE_FIRST_SLOT);
	entries_put(&top_l2[PERDOMAIN_SLOT], &windows, 1);
	if (!d->classic)
		return;
	entries_put(&top_l2[CLASSIC_FIRST_SLOT], NULL, HOLE_FIRST_SLOT - CLASSIC_FIRST_SLOT);
	for (uint32_t i = 0; i < m2p_runs; i++) {
		const pte_t run = mfn_pte(MFN(m2p_first.n + i * LARGE_PAGE_FRAMES),
					  PTE_P | PTE_A | PTE_PSE | pte_nx);

		entries_put(&top_l2[CLASSIC_FIRST_SLOT + i], &run, 1);
	}
}

/* The table becomes ordinary memory again: nothing of ours stays in it. */
void top_l2_clear(struct domain *d, const pte_t *top_l2)
{
	uint32_t first = top_l2_limit(d);

	entries_put(&top_l2[first], NULL, 512 - first);
}
