/* SPDX-License-Identifier: MIT */
#ifndef MM_H
#define MM_H

/*
 * Frames and page tables.
 *
 *	PAE:	 31 30 29      21 20      12 11        0
 *		+-----+----------+----------+-----------+
 *		| L3  |    L2    |    L1    |  offset   |	8-byte entries
 *		+-----+----------+----------+-----------+
 *
 * pfn: pseudo-physical frame, counted from 0 in the order the domain got them.
 * mfn: machine frame. Kernel address = GUEST_VIRT_BASE + pfn * 4096 for the bootstrap part.
 */
#include "guest.h"

#define PAGE_SIZE 4096u

#define PTE_P       0x001ull
#define PTE_W       0x002ull
#define PTE_U       0x004ull
#define PTE_PWT     0x008ull
#define PTE_PCD     0x010ull
#define PTE_A       0x020ull
#define PTE_D       0x040ull
#define PTE_PSE     0x080ull
#define PTE_PAT     0x080ull /* in an L1 entry */
#define PTE_G       0x100ull
#define PTE_AVAIL   0x200ull /* first of three bits that are the guest's */
#define PTE_NX      (1ull << 63)
#define PTE_RO      (PTE_P | PTE_A)
#define PTE_RW      (PTE_P | PTE_A | PTE_W | PTE_D)
#define PTE_USER    (PTE_P | PTE_A | PTE_U)
#define TABLE_FLAGS (PTE_P | PTE_A | PTE_W | PTE_U) /* of an L2 entry */
#define L3_FLAGS    PTE_P                           /* of an L3 entry: no more is defined */

#define PTE_ADDRESS 0x000ffffffffff000ull

/*
 * An L1 entry nobody may have: the L3 in use, writable. (A frame number beyond all memory is not
 * good enough, an initial domain may take it for a device.)
 */
#define BAD_PTE ((uint64_t)virt_to_mfn(l3_table) << 12 | PTE_RW)
#define BAD_L2E ((uint64_t)virt_to_mfn(l3_table) << 12 | TABLE_FLAGS)

extern xen_pfn_t *p2m;           /* start_info.mfn_list */
extern unsigned long hole_start; /* XENVER_platform_parameters */
extern struct xen_machphys_mapping m2p_range;

/* A fresh zeroed page, mapped writable; never NULL, never freed. page_alloc_n: contiguous pfns. */
void *page_alloc(void);
void *page_alloc_n(unsigned int n);

xen_pfn_t virt_to_mfn(const void *va);
uint64_t virt_to_machine(const void *va);
void *mfn_to_virt(xen_pfn_t mfn);

/* The tables in use, as the kernel sees them (read-only). */
extern uint64_t *l3_table;
uint64_t *l2_entry(unsigned long va); /* NULL if the L3 slot is empty */
uint64_t *l1_entry(unsigned long va); /* NULL if the L2 slot is empty */

/* One request; the hypervisor's answer. */
long mmu_write(const uint64_t *entry, uint64_t val);
long mmu_write_how(const uint64_t *entry, uint64_t val, unsigned int how);
long mmu_write_ma(uint64_t ma, uint64_t val);
long mmuext(unsigned int cmd, xen_pfn_t mfn);
long mmuext_linear(unsigned int cmd, unsigned long va, unsigned int n);

/* Remaps a pool page; these must succeed. */
void page_readonly(void *page);
void page_writable(void *page);
/* The hypervisor's answer to mapping the pool page @page with @flags at its own address. */
long page_remap(void *page, uint64_t flags);
void page_forget(void *page); /* no mapping at all */

/* Maps @mfn at @va with @flags in the tables in use; makes L1 and L2 tables as needed. */
void map_page(unsigned long va, xen_pfn_t mfn, uint64_t flags);

/*
 * A complete second address space: an L3 with private L2 copies for the kernel part of the one
 * in use, all read-only, nothing pinned. Fills @t.
 */
struct tables {
	uint64_t *l3, *l2[4];
};
void tables_make(struct tables *t);

void *map_shared_info(void);

/* Descriptors ----------------------------------------------------------------------------- */

/* @type: the access byte's low 5 bits with S; @flags: G D/B - AVL as 0x8 0x4 0x1. */
static inline uint64_t descriptor(uint32_t base, uint32_t limit, unsigned int access,
				  unsigned int flags)
{
	return (limit & 0xffffull) | (base & 0xffffffull) << 16 | (uint64_t)access << 40 |
	       (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)flags << 52 |
	       (uint64_t)(base >> 24) << 56;
}

#define DESC_CODE    0x1a /* S, code, readable */
#define DESC_DATA    0x12 /* S, data, writable */
#define DESC_DOWN    0x16 /* S, data, writable, expand-down */
#define DESC_CONFORM 0x1e /* S, code, readable, conforming */
#define DESC_P       0x80
#define DESC_DPL(n)  ((n) << 5)
#define DESC_G       0x8
#define DESC_D       0x4

#endif
