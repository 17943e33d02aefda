/* SPDX-License-Identifier: MIT */
/*
 * Reading a kernel's ELF headers.  A boot module is whatever somebody put
 * there: every offset and size is checked against the file before use, and
 * sums are formed in 64 bits so that they cannot wrap.
 */
#include "elf_format.h"
#include "recognise.h"
#include "lib.h"
#include "say/say.h"

enum { CLASS_32 = 1, CLASS_64 = 2, DATA_LSB = 1 };
enum { TYPE_EXEC = 2, TYPE_DYN = 3 };
enum { MACHINE_386 = 3, MACHINE_486 = 6 };
enum { SEGMENT_LOAD = 1, SEGMENT_NOTE = 4 };
enum { SECTION_SYMTAB = 2, SECTION_STRTAB = 3, SECTION_NOTE = 7, SECTION_NOBITS = 8 };
#define SYMBOL_SIZE  16
#define MAX_SECTIONS 4096

bool image_read(const struct image *img, uint32_t offset, void *to, uint32_t bytes)
{
	if (offset > img->size || bytes > img->size - offset)
		return false;
	img->read(img, offset, to, bytes);
	return true;
}

static bool within(const struct image *img, uint32_t offset, uint64_t size)
{
	return offset + size <= img->size;
}

#define refuse(elf, ...) (snprintf((elf)->why, sizeof((elf)->why), __VA_ARGS__), false)

static bool check_header(const struct image *img, const struct elf_header *h, struct elf_info *elf)
{
	if (h->ident[4] == CLASS_64)
		return refuse(
			elf,
			"it is a 64-bit ELF file; load a 32-bit (i386, PAE) paravirtual kernel");
	if (h->ident[4] != CLASS_32 || h->ident[5] != DATA_LSB || h->version != 1)
		return refuse(elf,
			      "its ELF header is corrupt (class %u, data %u, version %u); "
			      "copy the file again",
			      h->ident[4], h->ident[5], h->version);
	if (h->machine != MACHINE_386 && h->machine != MACHINE_486)
		return refuse(
			elf, "it is for ELF machine %u, not for i386 (3); load a 32-bit x86 kernel",
			h->machine);
	if (h->type != TYPE_EXEC)
		return refuse(elf,
			      "its ELF type is %u, not an executable (2); load the linked kernel "
			      "(vmlinux), not an object or a shared library",
			      h->type);
	if (h->phentsize != sizeof(struct program_header) || !h->phnum)
		return refuse(elf,
			      "it has no usable program headers (%u of %u bytes); "
			      "load the linked kernel (vmlinux)",
			      h->phnum, h->phentsize);
	if (!within(img, h->phoff, (uint64_t)h->phnum * h->phentsize))
		return refuse(elf,
			      "it is truncated: its program headers at 0x%x lie behind the end "
			      "of the file (%u bytes)",
			      h->phoff, img->size);
	return true;
}

static bool add_segment(const struct image *img, const struct program_header *p,
			struct elf_info *elf)
{
	struct elf_segment *s = &elf->segments[elf->nr_segments];

	if (!p->memsz)
		return true;
	if (elf->nr_segments == ELF_MAX_SEGMENTS)
		return refuse(elf, "it has more than %d segments to load", ELF_MAX_SEGMENTS);
	if (p->filesz > p->memsz)
		return refuse(elf,
			      "it is corrupt: a segment is larger in the file (0x%x) than in "
			      "memory (0x%x)",
			      p->filesz, p->memsz);
	if (!within(img, p->offset, p->filesz))
		return refuse(
			elf,
			"it is truncated: a segment of 0x%x bytes at 0x%x lies behind the end "
			"of the file (%u bytes)",
			p->filesz, p->offset, img->size);
	if ((uint64_t)p->paddr + p->memsz > 0xffffffffU)
		return refuse(elf,
			      "it is corrupt: a segment of 0x%x bytes at 0x%x wraps around 4 GiB",
			      p->memsz, p->paddr);
	for (uint32_t i = 0; i < elf->nr_segments; i++) {
		const struct elf_segment *o = &elf->segments[i];

		if (p->paddr < o->paddr + o->memsz && o->paddr < p->paddr + p->memsz)
			return refuse(elf, "it is corrupt: segments at 0x%x and 0x%x overlap",
				      o->paddr, p->paddr);
	}
	*s = (struct elf_segment){ p->offset, p->filesz, p->paddr, p->memsz };
	elf->nr_segments++;
	elf->pstart = MIN(elf->pstart, p->paddr);
	elf->pend = MAX(elf->pend, p->paddr + p->memsz);
	return true;
}

static bool add_note(const struct image *img, uint32_t offset, uint32_t size, struct elf_info *elf)
{
	if (!size || elf->nr_notes == ELF_MAX_NOTES)
		return true;
	if (!within(img, offset, size))
		return refuse(elf,
			      "it is truncated: notes of 0x%x bytes at 0x%x lie behind the end of "
			      "the file (%u bytes)",
			      size, offset, img->size);
	elf->notes[elf->nr_notes++] = (struct elf_range){ offset, size };
	return true;
}

static bool parse_segments(const struct image *img, const struct elf_header *h,
			   struct elf_info *elf)
{
	elf->pstart = ~0U;
	for (uint32_t i = 0; i < h->phnum; i++) {
		struct program_header p;

		if (!image_read(img, h->phoff + i * sizeof(p), &p, sizeof(p)))
			return refuse(elf, "it is truncated in its program headers");
		if (p.type == SEGMENT_LOAD && !add_segment(img, &p, elf))
			return false;
		if (p.type == SEGMENT_NOTE && !add_note(img, p.offset, p.filesz, elf))
			return false;
	}
	if (!elf->nr_segments)
		return refuse(elf, "it has nothing to load; load the linked kernel (vmlinux)");
	return true;
}

static bool read_section(const struct image *img, const struct elf_header *h, uint32_t i,
			 struct section_header *s)
{
	return i < h->shnum && image_read(img, h->shoff + i * sizeof(*s), s, sizeof(*s));
}

static bool named(const struct image *img, const struct section_header *names,
		  const struct section_header *s, const char *name)
{
	uint32_t n = strlen(name) + 1;
	char buf[16];

	return n <= sizeof(buf) && s->name < names->size && n <= names->size - s->name &&
	       within(img, names->offset, names->size) &&
	       image_read(img, names->offset + s->name, buf, n) && !memcmp(buf, name, n);
}

/* Symbols serve debugging only: a table that makes no sense is as good as none. */
static void add_symbols(const struct image *img, const struct elf_header *h, uint32_t i,
			const struct section_header *s, struct elf_info *elf)
{
	struct section_header strings;

	if (elf->symtab.size || s->entsize != SYMBOL_SIZE || !s->size ||
	    !within(img, s->offset, s->size))
		return;
	if (!read_section(img, h, s->link, &strings) || strings.type != SECTION_STRTAB ||
	    !strings.size || !within(img, strings.offset, strings.size))
		return;
	elf->symtab = (struct elf_range){ s->offset, ROUND_DOWN(s->size, SYMBOL_SIZE) };
	elf->strtab = (struct elf_range){ strings.offset, strings.size };
	elf->symtab_header = h->shoff + i * sizeof(*s);
	elf->strtab_header = h->shoff + s->link * sizeof(*s);
}

static bool parse_sections(const struct image *img, const struct elf_header *h,
			   struct elf_info *elf)
{
	struct section_header s, names;

	if (!h->shoff || !h->shnum || h->shentsize != sizeof(s))
		return true; /* stripped of them: fine */
	if (h->shnum > MAX_SECTIONS || !within(img, h->shoff, (uint64_t)h->shnum * sizeof(s)))
		return refuse(
			elf,
			"it is truncated: %u section headers at 0x%x lie behind the end of the "
			"file (%u bytes)",
			h->shnum, h->shoff, img->size);
	if (!read_section(img, h, h->shstrndx, &names))
		names = (struct section_header){ 0 };
	for (uint32_t i = 0; i < h->shnum && read_section(img, h, i, &s); i++) {
		if (s.type == SECTION_NOTE && !add_note(img, s.offset, s.size, elf))
			return false;
		if (s.type == SECTION_SYMTAB)
			add_symbols(img, h, i, &s, elf);
		if (!elf->xen_guest.size && s.type != SECTION_NOBITS &&
		    named(img, &names, &s, "__xen_guest") && within(img, s.offset, s.size))
			elf->xen_guest = (struct elf_range){ s.offset, s.size };
	}
	return true;
}

bool elf_parse(const struct image *img, struct elf_info *elf)
{
	struct elf_header h;
	uint8_t magic[4] = { 0 };
	const char *what;

	memset(elf, 0, sizeof(*elf));
	image_read(img, 0, magic, MIN(sizeof(magic), img->size));
	if (memcmp(magic, "\177ELF", 4)) {
		what = recognise_other(img);
		if (what)
			return refuse(elf, "%s", what);
		return refuse(
			elf,
			"it is not an ELF file (%u bytes, beginning %02x %02x %02x %02x); load "
			"the uncompressed kernel (vmlinux) as the first module",
			img->size, magic[0], magic[1], magic[2], magic[3]);
	}
	if (!image_read(img, 0, &h, sizeof(h)))
		return refuse(elf, "it is truncated: %u bytes are less than an ELF header",
			      img->size);
	elf->entry = h.entry;
	return check_header(img, &h, elf) && parse_segments(img, &h, elf) &&
	       parse_sections(img, &h, elf);
}
