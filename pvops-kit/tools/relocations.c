// SPDX-License-Identifier: MIT
#include "image.h"

#include <gelf.h>
#include <stdlib.h>
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

/* Entry i of a table of relocations, with its addend, which may stand in the section it is for. */
static int relocation(Elf_Data *entries, size_t i, int rela, const Elf_Data *place, GElf_Rela *r)
{
	GElf_Rel rel;

	if (rela)
		return gelf_getrela(entries, (int)i, r) != NULL;
	if (!gelf_getrel(entries, (int)i, &rel))
		return 0;
	r->r_offset = rel.r_offset;
	r->r_info = rel.r_info;
	r->r_addend = (GElf_Sxword)addend_at(place, rel.r_offset);
	return 1;
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
		GElf_Rela r;
		GElf_Sym sym;

		if (!relocation(entries, i, rela, place, &r))
			continue;
		if (is_absolute(machine, GELF_R_TYPE(r.r_info)) &&
		    gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &sym) &&
		    GELF_ST_TYPE(sym.st_info) == STT_SECTION &&
		    add_start(image, slot, nr_slots, &sym, (uint64_t)r.r_addend))
			return -1;
	}
	return 0;
}

static int is_branch(int machine, uint32_t type)
{
	if (machine == EM_386)
		return type == R_386_PC32 || type == R_386_PLT32;
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32;
}

static int link_add(struct image *image, struct link link)
{
	if ((image->nr_links & (image->nr_links - 1)) == 0) {
		size_t room = image->nr_links ? image->nr_links * 2 : 1;
		struct link *bigger = realloc(image->links, room * sizeof(*bigger));

		if (!bigger)
			return -1;
		image->links = bigger;
	}
	image->links[image->nr_links++] = link;
	return 0;
}

/* Relocations of code: where its calls and jumps lead, which the bytes do not say yet. */
static int add_links(Elf *elf, struct image *image, Elf_Scn *scn, const GElf_Shdr *shdr,
		     const size_t *slot, size_t nr_slots)
{
	int machine = image->is64 ? EM_X86_64 : EM_386, rela = shdr->sh_type == SHT_RELA;
	const struct section *in = &image->sections[slot[shdr->sh_info] - 1];
	Elf_Data *symbols = elf_getdata(elf_getscn(elf, shdr->sh_link), NULL);
	Elf_Data *place = elf_rawdata(elf_getscn(elf, shdr->sh_info), NULL);
	Elf_Data *entries = elf_getdata(scn, NULL);

	for (size_t i = 0; entries && symbols && i < shdr->sh_size / shdr->sh_entsize; i++) {
		struct link link = { .in = in };
		GElf_Rela r;
		GElf_Sym sym;

		if (!relocation(entries, i, rela, place, &r))
			continue;
		link.from = in->addr + r.r_offset;
		if (gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &sym) &&
		    is_branch(machine, GELF_R_TYPE(r.r_info)) && sym.st_shndx < nr_slots &&
		    slot[sym.st_shndx]) {
			link.to = &image->sections[slot[sym.st_shndx] - 1];
			link.target = link.to->addr + sym.st_value + (uint64_t)r.r_addend + 4;
		}
		if (link_add(image, link))
			return -1;
	}
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* What the table of alternatives says, once its relocations are applied. */
static int add_alternatives(Elf *elf, struct image *image, Elf_Scn *scn, const GElf_Shdr *shdr,
			    const size_t *slot, size_t nr_slots)
{
	size_t nr = shdr->sh_size / shdr->sh_entsize, names = 0;
	int rela = shdr->sh_type == SHT_RELA, result;
	Elf_Scn *table = elf_getscn(elf, shdr->sh_info);
	Elf_Data *symbols = elf_getdata(elf_getscn(elf, shdr->sh_link), NULL);
	Elf_Data *content = elf_rawdata(table, NULL), *entries = elf_getdata(scn, NULL);
	struct place *places;
	GElf_Shdr of;
	const char *name;

	if (!gelf_getshdr(table, &of) || elf_getshdrstrndx(elf, &names))
		return 0;
	name = elf_strptr(elf, names, of.sh_name);
	if (!name || strcmp(name, ".altinstructions") || !entries || !symbols || !content)
		return 0;
	places = calloc(nr ? nr : 1, sizeof(*places));
	if (!places)
		return -1;
	for (size_t i = 0; i < nr; i++) {
		GElf_Rela r;
		GElf_Sym sym;

		if (!relocation(entries, i, rela, content, &r))
			continue;
		places[i].at = r.r_offset;
		if (gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &sym) &&
		    sym.st_shndx < nr_slots && slot[sym.st_shndx]) {
			places[i].in = &image->sections[slot[sym.st_shndx] - 1];
			places[i].addr = places[i].in->addr + sym.st_value + (uint64_t)r.r_addend;
		}
	}
	qsort(places, nr, sizeof(*places), by_offset);
	result = alternatives_of_object(places, nr, content->d_size);
	free(places);
	return result;
}

static int by_place(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->in != y->in)
		return x->in < y->in ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

const struct link *link_at(const struct image *image, const struct section *s, uint64_t from)
{
	struct link wanted = { .in = s, .from = from };

	return image->nr_links
		       ? bsearch(&wanted, image->links, image->nr_links, sizeof(wanted), by_place)
		       : NULL;
}

int relocations_add(Elf *elf, struct image *image, const size_t *slot, size_t nr_slots)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;

		if (!gelf_getshdr(scn, &shdr) || !shdr.sh_entsize ||
		    (shdr.sh_type != SHT_REL && shdr.sh_type != SHT_RELA))
			continue;
		if (shdr.sh_info >= nr_slots)
			continue;
		if ((slot[shdr.sh_info] ? add_links : add_starts)(elf, image, scn, &shdr, slot,
								  nr_slots))
			return -1;
		if (!slot[shdr.sh_info] && add_alternatives(elf, image, scn, &shdr, slot, nr_slots))
			return -1;
	}
	if (image->nr_links)
		qsort(image->links, image->nr_links, sizeof(*image->links), by_place);
	return 0;
}
