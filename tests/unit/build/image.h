/* SPDX-License-Identifier: MIT */
/*
 * A small paravirtual kernel image, made in memory, and a way to damage one:
 * what the tests of the loader feed it.
 */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/elf.h"

struct test_ehdr {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct test_phdr {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct test_shdr {
	uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

#define IMAGE_MAX 8192

/*
 * Offsets in the image:
 *	0	ELF header		0x34	3 program headers (load, load, notes)
 *	0x200	notes			0x600	__xen_guest string
 *	0x800	3 symbols		0x840	strings of both kinds
 *	0x900	7 section headers	0x1000	text, 0x800 bytes
 *	0x1800	data, 0x100 bytes (0x3000 in memory)
 */
struct test_image {
	uint8_t bytes[IMAGE_MAX];
	uint32_t size, notes_end;
};

static inline struct test_ehdr *ehdr(struct test_image *t)
{
	return (struct test_ehdr *)t->bytes;
}

static inline struct test_phdr *phdr(struct test_image *t, int i)
{
	return (struct test_phdr *)(t->bytes + 0x34) + i;
}

static inline struct test_shdr *shdr(struct test_image *t, int i)
{
	return (struct test_shdr *)(t->bytes + 0x900) + i;
}

static inline void add_note(struct test_image *t, const char *owner, uint32_t type,
			    const void *desc, uint32_t bytes)
{
	uint32_t head[3] = { strlen(owner) + 1, bytes, type };
	uint8_t *p = t->bytes + t->notes_end;

	memcpy(p, head, sizeof(head));
	memcpy(p + 12, owner, head[0]);
	memcpy(p + 12 + ((head[0] + 3) & ~3U), desc, bytes);
	t->notes_end += 12 + ((head[0] + 3) & ~3U) + ((bytes + 3) & ~3U);
	phdr(t, 2)->filesz = phdr(t, 2)->memsz = shdr(t, 1)->size = t->notes_end - 0x200;
}

static inline void add_number(struct test_image *t, uint32_t type, uint32_t v)
{
	add_note(t, "Xen", type, &v, 4);
}

static inline void add_string(struct test_image *t, uint32_t type, const char *s)
{
	add_note(t, "Xen", type, s, strlen(s) + 1);
}

/* Headers, segments, symbols; no note yet.  Loaded at physical 1 MiB. */
static inline void image_init(struct test_image *t)
{
	static const char strings[] = "\0__xen_guest\0.note\0.symtab\0.strtab\0start\0main";
	static const uint32_t symbols[3][4] = {
		{ 0 },
		{ 35, 0xc0100000, 0, 0x00010002 },
		{ 41, 0xc0100040, 16, 0x00010002 },
	};

	memset(t, 0, sizeof(*t));
	t->size = 0x1900;
	t->notes_end = 0x200;
	*ehdr(t) = (struct test_ehdr){
		.ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
		.type = 2,
		.machine = 3,
		.version = 1,
		.entry = 0xc0100010,
		.phoff = 0x34,
		.shoff = 0x900,
		.ehsize = 0x34,
		.phentsize = 32,
		.phnum = 3,
		.shentsize = 40,
		.shnum = 7,
		.shstrndx = 4,
	};
	*phdr(t, 0) = (struct test_phdr){ 1, 0x1000, 0xc0100000, 0x100000, 0x800, 0x1000, 5, 4096 };
	*phdr(t, 1) = (struct test_phdr){ 1, 0x1800, 0xc0101000, 0x101000, 0x100, 0x3000, 6, 4096 };
	*phdr(t, 2) = (struct test_phdr){ 4, 0x200, 0, 0, 0, 0, 4, 4 };
	*shdr(t, 1) = (struct test_shdr){ .name = 13, .type = 7, .offset = 0x200 };
	*shdr(t, 2) = (struct test_shdr){ .name = 1, .type = 1, .offset = 0x600 };
	*shdr(t, 3) = (struct test_shdr){
		.name = 19, .type = 2, .offset = 0x800, .size = 48, .link = 4, .entsize = 16
	};
	*shdr(t, 4) = (struct test_shdr){
		.name = 27, .type = 3, .offset = 0x840, .size = sizeof(strings)
	};
	memcpy(t->bytes + 0x800, symbols, sizeof(symbols));
	memcpy(t->bytes + 0x840, strings, sizeof(strings));
}

/* The usual notes of a kernel at 3 GiB. */
static inline void image_init_pv(struct test_image *t)
{
	image_init(t);
	add_number(t, 3, 0xc0000000); /* VIRT_BASE */
	add_number(t, 1, 0xc0100020); /* ENTRY */
	add_number(t, 2, 0xc0102000); /* HYPERCALL_PAGE */
	add_string(t, 5, "xen-3.0");
	add_string(t, 6, "linux");
	add_string(t, 9, "yes");
}

static inline void set_legacy(struct test_image *t, const char *s)
{
	memcpy(t->bytes + 0x600, s, strlen(s) + 1);
	shdr(t, 2)->size = strlen(s) + 1;
}

static inline void image_host_read(const struct image *img, uint32_t offset, void *to,
				   uint32_t bytes)
{
	memcpy(to, (const uint8_t *)img->data + offset, bytes);
}

static inline struct image image_of(const void *bytes, uint32_t size)
{
	return (struct image){ .read = image_host_read, .data = bytes, .size = size };
}

#endif
