/* SPDX-License-Identifier: MIT */
/* A domain while it is being built. */
#ifndef RINGONE_BUILD_INTERNAL_H
#define RINGONE_BUILD_INTERNAL_H

#include "boot.h"
#include "domain/domain.h"
#include "elf.h"
#include "bootlayout.h"
#include "notes.h"

struct builder {
	struct domain *d;
	struct elf_info elf;
	struct pv_info pv;
	struct boot_layout layout;
	const struct boot_module *kernel, *initrd; /* initrd may be NULL */
	bool plain;
	uint32_t nr_pages; /* what the domain gets */
	uint32_t next_pfn; /* frames below have memory */
	uint32_t next_mfn; /* where to look for the next one */
	mfn_t *p2m_frames; /* the frames of the p2m list, layout.p2m_pages of them */
};

/* memory.c: frames, the p2m list and the M2P */
uint32_t builder_memory_size(const struct builder *b, uint64_t wanted_bytes); /* in pages */
void builder_memory_init(struct builder *b);
void builder_populate(struct builder *b, uint32_t end_pfn);   /* frames from next_pfn to end_pfn */
void builder_replace(struct builder *b, gpfn_t pfn, mfn_t m); /* a page of ours instead */
mfn_t builder_mfn(const struct builder *b, gpfn_t pfn);
void builder_release_modules(struct builder *b);

/* tables.c: the bootstrap page tables; returns the L3's frame, typed and pinned */
mfn_t builder_tables(struct builder *b);

/* start_info.c */
void builder_start_info(struct builder *b);

#endif
