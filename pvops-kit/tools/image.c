// SPDX-License-Identifier: MIT
#include "image.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Functions speak before plain labels, global ones before local ones; mapping symbols and the
 * assembler's own temporaries never do. */
static int rank_of(const GElf_Sym *sym, const char *name)
{
	int rank = 1;

	if (!*name || *name == '$' || !strncmp(name, ".L", 2))
		return 0;
	if (GELF_ST_TYPE(sym->st_info) == STT_FUNC)
		rank += 4;
	else if (GELF_ST_TYPE(sym->st_info) != STT_NOTYPE)
		return 0;
	if (GELF_ST_BIND(sym->st_info) == STB_GLOBAL)
		rank += 2;
	return rank;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->rank != y->rank)
		return y->rank - x->rank;
	return x->rank ? strcmp(x->name, y->name) : 0; /* without a rank there is no name */
}

static void keep_one_per_address(struct section *s)
{
	size_t kept = 0;

	if (!s->nr_symbols)
		return;
	qsort(s->symbols, s->nr_symbols, sizeof(*s->symbols), by_address);
	for (size_t i = 1; i < s->nr_symbols; i++)
		if (s->symbols[i].addr != s->symbols[kept].addr)
			s->symbols[++kept] = s->symbols[i];
	s->nr_symbols = kept + 1;
}

int symbol_add(struct section *s, struct symbol symbol)
{
	if ((s->nr_symbols & (s->nr_symbols - 1)) == 0) {
		size_t room = s->nr_symbols ? s->nr_symbols * 2 : 1;
		struct symbol *bigger = realloc(s->symbols, room * sizeof(*bigger));

		if (!bigger)
			return -1;
		s->symbols = bigger;
	}
	s->symbols[s->nr_symbols++] = symbol;
	return 0;
}

static int load_symbols(Elf *elf, struct image *image, const size_t *slot, size_t nr_slots)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB || !shdr.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (size_t i = 0; data && i < shdr.sh_size / shdr.sh_entsize; i++) {
			GElf_Sym sym;
			const char *name;
			int rank;

			if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx >= nr_slots ||
			    !slot[sym.st_shndx])
				continue;
			name = elf_strptr(elf, shdr.sh_link, sym.st_name);
			rank = name ? rank_of(&sym, name) : 0;
			if (rank &&
			    symbol_add(&image->sections[slot[sym.st_shndx] - 1],
				       (struct symbol){
					       .addr = sym.st_value, .name = name, .rank = rank }))
				return -1;
		}
	}
	return 0;
}

/* Find the table of alternatives, which is data and so not among the sections kept. */
static int load_alternatives(Elf *elf, size_t names, struct image *image)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		Elf_Data *data;
		const char *name;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, shdr.sh_name);
		if (!name || strcmp(name, ".altinstructions"))
			continue;
		data = elf_rawdata(scn, NULL);
		if (data && data->d_buf)
			return alternatives_add(image, data->d_buf, data->d_size, shdr.sh_addr);
	}
	return 0;
}

int image_load(const char *path, struct image *image, const char **why)
{
	size_t nr, names, *slot;
	Elf_Scn *scn = NULL;
	GElf_Ehdr ehdr;
	Elf *elf;
	int fd;

	elf_version(EV_CURRENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*why = "cannot be read";
	if (fd < 0)
		return -1;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	*why = "is not an ELF file";
	if (!elf || !gelf_getehdr(elf, &ehdr))
		return -1;
	*why = "is not for x86";
	if (ehdr.e_machine != EM_386 && ehdr.e_machine != EM_X86_64)
		return -1;
	*why = "has a damaged section table";
	if (elf_getshdrnum(elf, &nr) || elf_getshdrstrndx(elf, &names) || !nr)
		return -1;
	image->is64 = ehdr.e_machine == EM_X86_64;
	image->relocatable = ehdr.e_type == ET_REL;
	image->nr_sections = 0;
	image->sections = calloc(nr, sizeof(*image->sections));
	slot = calloc(nr, sizeof(*slot));
	*why = "needs more memory than there is";
	if (!image->sections || !slot)
		return -1;
	while ((scn = elf_nextscn(elf, scn))) {
		struct section *s = &image->sections[image->nr_sections];
		GElf_Shdr shdr;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_EXECINSTR) ||
		    shdr.sh_type == SHT_NOBITS || !shdr.sh_size)
			continue;
		*why = "has an executable section outside of the file";
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return -1;
		s->name = elf_strptr(elf, names, shdr.sh_name);
		s->number = elf_ndxscn(scn);
		s->addr = shdr.sh_addr;
		s->bytes = data->d_buf;
		s->size = data->d_size;
		s->starts = calloc(1, s->size / 8 + 1);
		slot[elf_ndxscn(scn)] = ++image->nr_sections;
	}
	/* A module may hold nothing but tables; a kernel without code is none. */
	*why = "has no executable section";
	if (!image->nr_sections && !image->relocatable)
		return -1;
	*why = "needs more memory than there is";
	for (size_t i = 0; i < image->nr_sections; i++)
		if (!image->sections[i].starts)
			return -1;
	if (load_symbols(elf, image, slot, nr))
		return -1;
	if (image->relocatable ? relocations_add(elf, image, slot, nr)
			       : load_alternatives(elf, names, image))
		return -1;
	if (unread_add(elf, names, image))
		return -1;
	for (size_t i = 0; i < image->nr_sections; i++)
		keep_one_per_address(&image->sections[i]);
	free(slot);
	return 0;
}

const struct symbol *symbol_at(const struct section *section, uint64_t addr)
{
	size_t low = 0, high = section->nr_symbols;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (section->symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	while (low && !section->symbols[low - 1].name)
		low--;
	return low ? &section->symbols[low - 1] : NULL;
}
