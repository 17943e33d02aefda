/* SPDX-License-Identifier: MIT */
/* BSD_SYMTAB: the copy of a kernel's symbols behind its image; see bsd_symtab.h for the picture. */
#include "bsd_symtab.h"
#include "lib.h"

#define ELF_START offsetof(struct bsd_symtab, elf)

static uint64_t aligned(uint64_t bytes)
{
	return ROUND_UP(bytes, (uint64_t)BSD_SYMTAB_ALIGN);
}

/* Bytes from the size word on. */
static uint64_t strings_at(const struct elf_info *elf)
{
	return aligned(sizeof(struct bsd_symtab) + (uint64_t)elf->symtab.size);
}

uint64_t bsd_symtab_bytes(const struct elf_info *elf)
{
	return elf->symtab.size ? aligned(strings_at(elf) + elf->strtab.size) : 0;
}

void bsd_symtab_headers(const struct image *img, const struct elf_info *elf, struct bsd_symtab *t)
{
	struct section_header *symbols = &t->sections[BSD_SYMTAB_SYMBOLS];
	struct section_header *strings = &t->sections[BSD_SYMTAB_STRINGS];

	memset(t, 0, sizeof(*t));
	t->size = strings_at(elf) + elf->strtab.size - ELF_START;

	image_read(img, 0, &t->elf, sizeof(t->elf));
	t->elf.phoff = t->elf.phentsize = t->elf.phnum = 0;
	t->elf.ehsize = sizeof(t->elf);
	t->elf.shoff = offsetof(struct bsd_symtab, sections) - ELF_START;
	t->elf.shentsize = sizeof(*symbols);
	t->elf.shnum = BSD_SYMTAB_SECTIONS;
	t->elf.shstrndx = BSD_SYMTAB_NONE;

	/* The sections keep what they say of themselves (entry size, first global), no names. */
	image_read(img, elf->symtab_header, symbols, sizeof(*symbols));
	symbols->name = 0;
	symbols->offset = sizeof(*t) - ELF_START;
	symbols->size = elf->symtab.size;
	symbols->link = BSD_SYMTAB_STRINGS;
	image_read(img, elf->strtab_header, strings, sizeof(*strings));
	strings->name = 0;
	strings->offset = strings_at(elf) - ELF_START;
	strings->size = elf->strtab.size;
}
