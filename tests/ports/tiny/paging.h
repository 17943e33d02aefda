/* SPDX-License-Identifier: MIT */
#ifndef PAGING_H
#define PAGING_H

/*
 * Page tables with physical address extension: three levels of 64-bit entries.
 *
 *	 31 30 29      21 20      12 11          0
 *	+-----+----------+----------+-------------+
 *	| L3  |    L2    |    L1    |   offset    |
 *	+-----+----------+----------+-------------+
 *
 *	 63        52 51             12 11  9 8     2  1   0
 *	+------------+-----------------+-----+-----+---+---+---+
 *	| 0          | frame           | own | ... | U | W | P |
 *	+------------+-----------------+-----+-----+---+---+---+
 */
#include "tiny.h"

typedef uint64_t pte_t;

#define PTE_P   0x001 /* present */
#define PTE_W   0x002 /* writable */
#define PTE_U   0x004 /* for ring 3 */
#define PTE_COW 0x200 /* ours: to be copied at the first write */

#define PTE_FLAGS 0xfffull
#define PTE_FRAME 0x000ffffffffff000ull

/* An address space: its top level. The fourth L3 entry is the kernel's, alike in all. */
struct space {
	pte_t *l3;
};

extern struct space kernel_space;

static inline pte_t make_entry(uint32_t phys, uint32_t flags)
{
	return (pte_t)phys | flags;
}

/* Physical address of the frame that @e names. */
static inline uint32_t entry_phys(pte_t e)
{
	return (uint32_t)(e & PTE_FRAME);
}

/* Every store into a page table is this one. */
static inline void set_entry(pte_t *at, pte_t e)
{
	*at = e;
}

void paging_init(void);

struct space *space_create(void);
void space_destroy(struct space *s);
void space_use(struct space *s);
void space_share(struct space *from, struct space *to); /* copy on write */

pte_t *space_entry(struct space *s, uint32_t va, int create);
void space_map(struct space *s, uint32_t va, uint32_t phys, uint32_t flags);

#endif
