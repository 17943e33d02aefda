// SPDX-License-Identifier: MIT
#include "image.h"

#include <gelf.h>
#include <string.h>

/*
 * Where the compiler puts addresses of code into tables (switches, fix-ups, pointers), an object
 * has a relocation against the code's section: an instruction begins at what it points to. Only
 * absolute ones outside of code are taken; what is relative to an instruction says too little.
 */
static int is_absolute(int machine, uint32_t type)
{
	if (machine == EM_386)
		return type == R_386_32;
	return type == R_X86_64_64 || type == R_X86_64_32 || type == R_X86_64_32S;
}

/* The addend of i386 stands at the place itself. */
static uint64_t addend_at(const Elf_Data *place, uint64_t offset)
{
	int32_t value = 0;

	if (place && place->d_buf && offset + sizeof(value) <= place->d_size)
		memcpy(&value, (const char *)place->d_buf + offset, sizeof(value));
	return (uint64_t)value;
}

static int add_start(struct image *image, const size_t *slot, size_t nr_slots, const GElf_Sym *sym,
		     uint64_t addend)
{
	struct section *s;
	uint64_t at = sym->st_value + addend;

	if (sym->st_shndx >= nr_slots || !slot[sym->st_shndx])
		return 0;
	s = &image->sections[slot[sym->st_shndx] - 1];
	return at < s->size ? symbol_add(s, (struct symbol){ .addr = s->addr + at }) : 0;
}

static int add_starts(Elf *elf, struct image *image, Elf_Scn *scn, const GElf_Shdr *shdr,
		      const size_t *slot, size_t nr_slots)
{
	int machine = image->is64 ? EM_X86_64 : EM_386, rela = shdr->sh_type == SHT_RELA;
	Elf_Data *entries = elf_getdata(scn, NULL);
	Elf_Data *place = elf_rawdata(elf_getscn(elf, shdr->sh_info), NULL);
	Elf_Data *symbols = elf_getdata(elf_getscn(elf, shdr->sh_link), NULL);

	for (size_t i = 0; entries && symbols && i < shdr->sh_size / shdr->sh_entsize; i++) {
		GElf_Rela r = { 0 };
		GElf_Rel rel;
		GElf_Sym sym;

		if (rela ? !gelf_getrela(entries, (int)i, &r) : !gelf_getrel(entries, (int)i, &rel))
			continue;
		if (!rela) {
			r.r_offset = rel.r_offset;
			r.r_info = rel.r_info;
			r.r_addend = (GElf_Sxword)addend_at(place, rel.r_offset);
		}
		if (is_absolute(machine, GELF_R_TYPE(r.r_info)) &&
		    gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &sym) &&
		    GELF_ST_TYPE(sym.st_info) == STT_SECTION &&
		    add_start(image, slot, nr_slots, &sym, (uint64_t)r.r_addend))
			return -1;
	}
	return 0;
}

int relocations_add(Elf *elf, struct image *image, const size_t *slot, size_t nr_slots)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;

		if (!gelf_getshdr(scn, &shdr) || !shdr.sh_entsize ||
		    (shdr.sh_type != SHT_REL && shdr.sh_type != SHT_RELA))
			continue;
		/* Of code itself: calls and jumps, which their own disassembly follows. */
		if (shdr.sh_info >= nr_slots || slot[shdr.sh_info])
			continue;
		if (add_starts(elf, image, scn, &shdr, slot, nr_slots))
			return -1;
	}
	return 0;
}
