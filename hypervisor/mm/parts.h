/* SPDX-License-Identifier: MIT */
/* The parts of a domain and a VCPU that mm/ keeps; nobody else writes them. */
#ifndef RINGONE_MM_PARTS_H
#define RINGONE_MM_PARTS_H

#include "ranges.h"
#include "locks.h"
#include "page.h"
#include "types.h"

struct vcpu;
struct e820_entry;

struct dirty_log { /* mm/dirty_log.c */
	bool on;
	uint32_t since, next_since;    /* the last look, and one that is under way */
	uint32_t *bits;                /* of that one */
	uint32_t nr_bits, next, found; /* the frame it has come to, and how many bits are set */
};

#define SPAN 1024 /* frames: 4 MiB */

struct mm_domain {
	spinlock_t lock;
	uint32_t dirty_cpus;          /* CPUs whose TLB may hold this domain's entries */
	uint32_t nr_pages, max_pages; /* frames owned, and the ceiling */
	uint32_t nr_views;            /* frames of type PGT_view (mm/topview.c) */
	uint32_t heap_bytes;          /* of the hypervisor's heap: heap_alloc_for() */
	bool extended_cr3;            /* pae_extended_cr3 announced */
	mfn_t perdomain_l1;           /* of the descriptor windows */
	pte_t *perdomain_pt;          /* mapped in the heap */
	uint32_t max_gpfn;
	uint32_t row_end;         /* behind the last large extent that it was given; 0: none yet */
	struct vcpu *auditor;     /* it called for an audit: nobody else runs (mm/audit.c) */
	uint32_t relinquish_next; /* how far mm_domain_relinquish() has come */
	uint32_t *spans; /* a bit for each SPAN of memory in which there are, or were, its frames */
	struct ranges iomem;     /* frames that are not RAM and that it may map */
	struct e820_entry *e820; /* XENMEM_set_memory_map; NULL: one block */
	uint32_t nr_e820;
	struct dirty_log dirty;
};

struct mm_vcpu {
	/* Guest CR3 (a frame, type L3 held) and what the CPU loads are two things. */
	mfn_t guest_cr3;
	pte_t l3_shadow[4];          /* copied to the CPU's L3 when this VCPU is loaded */
	struct page_info *old_table; /* a put that was preempted; finished before anything else */

	mfn_t gdt_frames[14];
	uint32_t nr_gdt_frames, gdt_entries;
	mfn_t gdt_taken[14]; /* of the next GDT, by a set_gdt that will run again */
	uint32_t nr_gdt_taken;
	gva_t ldt_base; /* pages appear lazily in the window */
	uint32_t ldt_entries;
	uint32_t ldt_mapped; /* bit per LDT page */
};

#endif
