/* SPDX-License-Identifier: MIT */
/*
 * Page types: the heart of direct paging (DESIGN 5, TRUST 1-7).
 *
 * Every machine frame has an owner, a reference count and a type with a count
 * of its own.  Types exclude each other: a frame that serves as a page table
 * cannot be mapped writable, because "writable" is a type too.  A type changes
 * only while its count is zero; a count above zero on a table type means that
 * the contents were validated and every change since went through us.
 *
 *   count  31         30     29                 0
 *          +----------+------+------------------+
 *          | allocated| heap |    references    |
 *          +----------+------+------------------+
 *   type   31    28   27      26         25       24    23    22           0
 *          +----------+------+----------+--------+-----+-----+-------------+
 *          |   type   |pinned|validated |partial | top |half | type count  |
 *          +----------+------+----------+--------+-----+-----+-------------+
 *
 * "allocated" holds one reference on behalf of the owner; the last put frees.
 * An owned frame without it was given back and lives while something maps it,
 * or is a page of the hypervisor's "heap" that it shares with the owner.
 * Both words change by cmpxchg only.
 *
 * A table that is being validated or taken apart when something more urgent
 * comes up is left PARTIAL: its entries [0, validated) hold references, its
 * type count is 1, and that count together with one reference belongs to the
 * state itself, to nobody else.  Whoever comes next may carry on in either
 * direction: get_page_type() upwards, finish_partial() downwards.  HALF says in
 * addition that a reference (not a type) is kept on the child of entry
 * `validated`, which is itself partial.
 *
 * Locks: the types L1, L2, L3 and seg_desc of a domain's frames come and go
 * only with its mm_lock held, so a table that was found validated under the
 * lock stays one; references and writable types need no lock.
 */
#ifndef RINGONE_PAGE_H
#define RINGONE_PAGE_H

#include "layout.h"
#include "types.h"

struct domain;

struct page_info {
	uint32_t count; /* 0: free, reserved, or not RAM */
	union {
		uint32_t type;
		uint32_t prev_free; /* free blocks: mfn of the one before */
	};
	union {
		struct domain *owner; /* NULL: the hypervisor's own; &dom_io: not RAM */
		uint32_t free_order;  /* first frame of a free block: order + 1 */
	};
	union {
		uint32_t next_free; /* free blocks: mfn of the next one */
		uint32_t tlb_stamp; /* type count 0: when it became so (mm/tlb.c) */
		struct {
			union {
				uint16_t validated; /* L2, L3: entries that hold references */
				uint16_t present;   /* L1: how many do */
			};
			int16_t linear; /* >0: pointed to, <0: points to (linear slots) */
		};
	};
};
#ifdef __i386__
_Static_assert(sizeof(struct page_info) == 16, "16 bytes a frame (DESIGN 4)");
#endif

#define PGC_allocated  (1U << 31)
#define PGC_heap       (1U << 30)
#define PGC_count_mask 0x3fffffffU

#define PGT_none       (0U << 28)
#define PGT_writable   (1U << 28)
#define PGT_l1         (2U << 28)
#define PGT_l2         (3U << 28)
#define PGT_l3         (4U << 28)
#define PGT_view       (5U << 28) /* what linear slots show of a top L2 (mm/topview.c) */
#define PGT_seg_desc   (8U << 28) /* the sign: every mapping that goes asks for it */
#define PGT_type_mask  (15U << 28)
#define PGT_pinned     (1U << 27)
#define PGT_validated  (1U << 26)
#define PGT_partial    (1U << 25)
#define PGT_top        (1U << 24) /* with PGT_l2: the L2 of L3[3] */
#define PGT_half       (1U << 23)
#define PGT_count_mask 0x007fffffU
#define PGT_kind_mask  (PGT_type_mask | PGT_top) /* what has to agree */

#ifdef RINGONE_HOST_TEST
extern struct page_info frame_table[];
#else
#define frame_table ((struct page_info *)FRAME_TABLE_START)
#endif
extern uint32_t max_mfn;      /* first frame number behind RAM */
extern struct domain dom_io;  /* owns the frames that are not RAM */
extern struct domain dom_xen; /* owns the M2P: frames of ours that a privileged domain may read */

static inline bool mfn_valid(mfn_t m)
{
	return m.n < max_mfn;
}

static inline struct page_info *mfn_to_page(mfn_t m)
{
	return &frame_table[m.n];
}

static inline mfn_t page_to_mfn(const struct page_info *p)
{
	return MFN(p - frame_table);
}

/* A page-table entry.  Guests write these with machine addresses in them. */
typedef struct {
	uint64_t v;
} pte_t;

#define PTE_P         0x001ULL
#define PTE_RW        0x002ULL
#define PTE_US        0x004ULL
#define PTE_PWT       0x008ULL
#define PTE_PCD       0x010ULL
#define PTE_A         0x020ULL
#define PTE_D         0x040ULL
#define PTE_PAT       0x080ULL /* L1 */
#define PTE_PSE       0x080ULL /* L2 */
#define PTE_G         0x100ULL
#define PTE_AVAIL     0xe00ULL
#define PTE_NX        (1ULL << 63)
#define PTE_ADDR_MASK 0x000ffffffffff000ULL

#define LARGE_PAGE_SIZE   0x200000
#define LARGE_PAGE_FRAMES (LARGE_PAGE_SIZE / PAGE_SIZE)

#define PTE(v_) ((pte_t){ (v_) })

static inline pte_t mfn_pte(mfn_t m, uint64_t flags)
{
	return PTE(((uint64_t)m.n << PAGE_SHIFT) | flags);
}

/* The halves: most questions are about one of them, and 64 bits cost two registers. */
static inline uint32_t pte_low(pte_t e)
{
	return e.v;
}

static inline uint32_t pte_high(pte_t e)
{
	return e.v >> 32;
}

/* Most tables are mostly empty: look at so many entries at once. */
#define ENTRIES_AT_ONCE 16
static inline bool none_at_once(const pte_t *e)
{
	uint32_t any = 0;

#pragma GCC unroll 16
	for (uint32_t i = 0; i < ENTRIES_AT_ONCE; i++)
		any |= pte_low(e[i]);
	return !(any & (uint32_t)PTE_P);
}

static inline mfn_t pte_mfn(pte_t e)
{
	return MFN((e.v & PTE_ADDR_MASK) >> PAGE_SHIFT);
}

#endif
