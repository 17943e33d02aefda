/* SPDX-License-Identifier: MIT */
/*
 * ELF as far as a kernel loader needs it.  Nothing here knows where the file
 * lies: it is read through a callback, so that the same code runs in the
 * hypervisor at boot and on the build host under a fuzzer.
 */
#ifndef RINGONE_DOMAIN_ELF_H
#define RINGONE_DOMAIN_ELF_H

#include "types.h"

/* A file somewhere.  Use image_read, which keeps the callback within it. */
struct image {
	void (*read)(const struct image *img, uint32_t offset, void *to, uint32_t bytes);
	const void *data; /* the callback's own */
	uint64_t base;    /* the callback's own */
	uint32_t size;    /* bytes */
};

/* False when any byte of the range lies outside the file; nothing is read then. */
bool image_read(const struct image *img, uint32_t offset, void *to, uint32_t bytes);

struct elf_range {
	uint32_t offset, size; /* bytes in the file; checked to lie within it */
};

struct elf_segment {
	uint32_t offset, filesz; /* in the file */
	uint32_t paddr, memsz;   /* where it goes; the rest beyond filesz is zero */
};

#define ELF_MAX_SEGMENTS 16
#define ELF_MAX_NOTES    16

struct elf_info {
	uint32_t entry;
	uint32_t pstart, pend; /* first byte and first byte behind of all segments */
	struct elf_segment segments[ELF_MAX_SEGMENTS];
	uint32_t nr_segments;
	struct elf_range notes[ELF_MAX_NOTES]; /* PT_NOTE, then SHT_NOTE */
	uint32_t nr_notes;
	struct elf_range xen_guest;            /* section __xen_guest; size 0: none */
	struct elf_range symtab, strtab;       /* size 0: none */
	uint32_t symtab_header, strtab_header; /* where in the file their section headers are */
	char why[200];                         /* the refusal, a sentence without full stop */
};

/*
 * Parse and check a 32-bit i386 ELF executable.  False: `why` says what is
 * wrong with the file and what to load instead.
 */
bool elf_parse(const struct image *img, struct elf_info *elf);

#endif
