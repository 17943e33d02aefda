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
 *   count  31         30                        0
 *          +----------+-------------------------+
 *          | allocated|      references         |
 *          +----------+-------------------------+
 *   type   31    28   27      26         25       24     23               0
 *          +----------+------+----------+--------+------+-----------------+
 *          |   type   |pinned|validated |partial | top  |   type count    |
 *          +----------+------+----------+--------+------+-----------------+
 *
 * "allocated" holds one reference on behalf of the owner; the last put frees.
 * Both words change by cmpxchg only.
 */
#ifndef RINGONE_PAGE_H
#define RINGONE_PAGE_H

#include "layout.h"
#include "types.h"

struct domain;

struct page_info {
	uint32_t count;
	uint32_t type;
	struct domain *owner;		/* NULL: free, or the hypervisor's own */
	union {
		uint32_t next_free;	/* free frames: mfn of the next one */
		struct {
			uint16_t validated;	/* partial tables: entries done so far */
			int16_t linear;		/* >0: pointed to, <0: points to (linear slots) */
		};
	};
};
_Static_assert(sizeof(struct page_info) == 16, "16 bytes a frame (DESIGN 4)");

#define PGC_allocated	(1U << 31)
#define PGC_count_mask	0x7fffffffU

#define PGT_none	(0U << 28)
#define PGT_writable	(1U << 28)
#define PGT_l1		(2U << 28)
#define PGT_l2		(3U << 28)
#define PGT_l3		(4U << 28)
#define PGT_seg_desc	(5U << 28)
#define PGT_type_mask	(15U << 28)
#define PGT_pinned	(1U << 27)
#define PGT_validated	(1U << 26)
#define PGT_partial	(1U << 25)
#define PGT_top		(1U << 24)	/* with PGT_l2: the L2 of L3[3] */
#define PGT_count_mask	0x00ffffffU

#define frame_table	((struct page_info *)FRAME_TABLE_START)
extern uint32_t max_mfn;		/* first frame number behind RAM */

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
typedef struct { uint64_t v; } pte_t;

#define PTE_P		0x001ULL
#define PTE_RW		0x002ULL
#define PTE_US		0x004ULL
#define PTE_PWT		0x008ULL
#define PTE_PCD		0x010ULL
#define PTE_A		0x020ULL
#define PTE_D		0x040ULL
#define PTE_PAT		0x080ULL	/* L1 */
#define PTE_PSE		0x080ULL	/* L2 */
#define PTE_G		0x100ULL
#define PTE_AVAIL	0xe00ULL
#define PTE_NX		(1ULL << 63)
#define PTE_ADDR_MASK	0x000ffffffffff000ULL

#define PTE(v_)		((pte_t){ (v_) })

static inline pte_t mfn_pte(mfn_t m, uint64_t flags)
{
	return PTE(((uint64_t)m.n << PAGE_SHIFT) | flags);
}

static inline mfn_t pte_mfn(pte_t e)
{
	return MFN((e.v & PTE_ADDR_MASK) >> PAGE_SHIFT);
}

/* References: mm/page.c. */
bool get_page(struct page_info *p, struct domain *d);	/* false: not d's, or being freed */
void put_page(struct page_info *p);			/* the last put frees (scrubbed) */
/* Types: may return -XEN_EINVAL (wrong type/contents), -XEN_ERESTART (preempted, partial kept). */
int get_page_type(struct page_info *p, uint32_t type);
void put_page_type(struct page_info *p);
int get_page_and_type(struct page_info *p, struct domain *d, uint32_t type);
void put_page_and_type(struct page_info *p);

#endif
