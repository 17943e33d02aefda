// SPDX-License-Identifier: MIT
#include "image.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One loaded section without execute permission. */
struct data {
	const char *name;
	uint64_t addr;
	const uint8_t *bytes; /* NULL without content in the file */
	size_t size;
};

static int add(struct image *image, struct unread unread)
{
	for (size_t i = 0; i < image->nr_unread; i++)
		if (image->unread[i].addr == unread.addr &&
		    !strcmp(image->unread[i].section, unread.section))
			return 0;
	if ((image->nr_unread & (image->nr_unread - 1)) == 0) {
		size_t room = image->nr_unread ? image->nr_unread * 2 : 1;
		struct unread *bigger = realloc(image->unread, room * sizeof(*bigger));

		if (!bigger)
			return -1;
		image->unread = bigger;
	}
	image->unread[image->nr_unread++] = unread;
	return 0;
}

/* Names that kernels give to code they carry as data. */
static bool is_code_name(const char *name)
{
	static const char *const parts[] = { "blob",     "trampoline", "bootcode",  "payload",
					     "bioscall", "realmode",   "real_mode", "mpboot" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

/* The value of symbol @name with `_end`, `_e` or `end` behind it, or 0. */
static uint64_t end_of(Elf *elf, Elf_Data *table, size_t n, size_t strings, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++) {
		const char *other;
		GElf_Sym sym;

		if (!gelf_getsym(table, (int)i, &sym))
			continue;
		other = elf_strptr(elf, strings, sym.st_name);
		if (other && !strncmp(other, name, len) &&
		    (!strcmp(other + len, "_end") || !strcmp(other + len, "end")))
			return sym.st_value;
	}
	return 0;
}

static int of_symbols(Elf *elf, struct image *image, Elf_Scn *scn, const GElf_Shdr *shdr,
		      const struct data *data, size_t nr)
{
	size_t n = shdr->sh_size / shdr->sh_entsize;
	Elf_Data *table = elf_getdata(scn, NULL);

	for (size_t i = 0; table && i < n; i++) {
		struct unread found = { 0 };
		const struct data *d;
		GElf_Sym sym;

		if (!gelf_getsym(table, (int)i, &sym) || sym.st_shndx >= nr ||
		    !data[sym.st_shndx].name)
			continue;
		d = &data[sym.st_shndx];
		found.section = d->name;
		found.name = elf_strptr(elf, shdr->sh_link, sym.st_name);
		found.addr = sym.st_value;
		found.size = sym.st_size;
		if (!found.name || !*found.name)
			continue;
		for (size_t k = 0; k < image->nr_unread; k++) {
			struct unread *file = &image->unread[k];

			if (file->addr == found.addr && file->section == found.section) {
				file->name = found.name;
				file->size = found.size;
			}
		}
		if (GELF_ST_TYPE(sym.st_info) == STT_FUNC) {
			found.why = "a function";
		} else if (is_code_name(found.name) && d->bytes) {
			uint64_t end = end_of(elf, table, n, shdr->sh_link, found.name);

			if (end <= found.addr)
				continue;
			found.size = end - found.addr;
			found.why = "embedded code";
		} else {
			continue;
		}
		if (add(image, found))
			return -1;
	}
	return 0;
}

/* Whole ELF files in data: what a kernel gives to its processes, for one. */
static int of_elf_files(struct image *image, const struct data *d)
{
	for (size_t at = 0; d->bytes && at + EI_NIDENT < d->size; at++) {
		const uint8_t *id = d->bytes + at;

		if (memcmp(id, ELFMAG, SELFMAG) || id[EI_VERSION] != EV_CURRENT ||
		    (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64) ||
		    (id[EI_DATA] != ELFDATA2LSB))
			continue;
		if (add(image, (struct unread){ .section = d->name,
						.name = "ELF",
						.addr = d->addr + at,
						.why = "an embedded ELF file" }))
			return -1;
	}
	return 0;
}

int unread_add(Elf *elf, size_t names, struct image *image)
{
	struct data *data;
	Elf_Scn *scn = NULL;
	int failed = 0;
	size_t nr;

	if (elf_getshdrnum(elf, &nr))
		return 0;
	data = calloc(nr, sizeof(*data));
	if (!data)
		return -1;
	while ((scn = elf_nextscn(elf, scn))) {
		struct data *d = &data[elf_ndxscn(scn)];
		Elf_Data *content;
		GElf_Shdr shdr;

		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) ||
		    (shdr.sh_flags & SHF_EXECINSTR))
			continue;
		d->name = elf_strptr(elf, names, shdr.sh_name);
		d->addr = shdr.sh_addr;
		content = shdr.sh_type == SHT_NOBITS ? NULL : elf_rawdata(scn, NULL);
		d->bytes = content ? content->d_buf : NULL;
		d->size = content ? content->d_size : 0;
		failed |= of_elf_files(image, d);
	}
	for (scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr shdr;

		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB && shdr.sh_entsize)
			failed |= of_symbols(elf, image, scn, &shdr, data, nr);
	}
	free(data);
	return failed;
}
