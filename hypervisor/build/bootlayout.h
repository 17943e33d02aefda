/* SPDX-License-Identifier: MIT */
/*
 * The start-of-day memory layout (xen.h, "Start-of-day memory layout"): what
 * lies where in the virtual region that a domain wakes up in.  Pure
 * arithmetic, so that it can be tested on the build host.
 *
 *	v_start  +---------------------------+ pseudo-physical frame 0 = VIRT_BASE
 *	         | kernel image              | with BSD_SYMTAB its symbols behind it (bsd_symtab.h)
 *	         | initial ram disk          | unless MOD_START_PFN: unmapped, further up
 *	         | list of page frames (p2m) | unless INIT_P2M: mapped there
 *	         | start_info                |
 *	         | store page, console page  | plain domains only
 *	         | page tables               | read-only
 *	         | stack                     |
 *	         | padding, >= 512 KiB       |
 *	v_end    +---------------------------+ 4 MiB aligned
 *	         | p2m and its page tables   | INIT_P2M only
 *	         | initial ram disk          | MOD_START_PFN only
 *	         | the rest of memory        |
 *	         +---------------------------+
 *
 * Everything is page aligned; within the region virtual minus VIRT_BASE is
 * pseudo-physical.
 */
#ifndef RINGONE_DOMAIN_BOOTLAYOUT_H
#define RINGONE_DOMAIN_BOOTLAYOUT_H

#include "notes.h"
#include "types.h"

struct layout_request {
	uint32_t initrd_bytes; /* 0: none */
	uint32_t nr_pages;     /* what the domain gets */
	uint32_t hole_start;   /* nothing may reach this address */
	bool plain;            /* not the initial domain: store and console pages */
};

struct boot_layout {
	uint32_t v_start, v_end;
	/* Virtual addresses. */
	uint32_t kernel_start, kernel_end;
	uint32_t initrd, p2m, start_info, store, console, tables, stack, stack_end;
	/* Sizes. */
	uint32_t initrd_bytes, p2m_pages;
	uint32_t nr_l2, nr_l1, nr_tables; /* bootstrap tables: one L3, then L2s, then L1s */
	/* Pseudo-physical frames of what may lie outside the region. */
	uint32_t initrd_pfn, p2m_pfn;
	bool initrd_unmapped, p2m_elsewhere;
	/* INIT_P2M: its own tables, behind the p2m frames. */
	uint32_t p2m_tables_pfn, p2m_nr_l2, p2m_nr_l1;
	uint32_t pages_used; /* frames up to here have contents */
	char why[200];
};

/* False: it does not fit, and `why` says what to change. */
bool layout_compute(const struct pv_info *pv, const struct layout_request *r,
		    struct boot_layout *l);

/* Pseudo-physical frame of an address within the region. */
static inline gpfn_t layout_pfn(const struct boot_layout *l, uint32_t va)
{
	return GPFN((va - l->v_start) >> PAGE_SHIFT);
}

#endif
