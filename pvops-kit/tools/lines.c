// SPDX-License-Identifier: MIT
#include "lines.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>

static Dwfl *dwfl;
static Elf *laid_out; /* a relocatable object as libdwfl has it, its sections side by side */
static GElf_Addr laid_out_bias;

/* No debuginfo servers, no search paths: what the file itself holds, or nothing. */
static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **out)
{
	(void)mod, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)out;
	return -1;
}

void lines_open(const char *path, int relocatable)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = no_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl_Module *mod;

	dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	mod = dwfl_report_offline(dwfl, "", path, -1);
	if (!mod) {
		dwfl_end(dwfl);
		dwfl = NULL;
		return;
	}
	dwfl_report_end(dwfl, NULL, NULL);
	if (relocatable)
		laid_out = dwfl_module_getelf(mod, &laid_out_bias);
}

/*
 * Where the function that has a symbol calls what was inlined at @addr, so that the line is one of
 * that function's and not of a header everybody uses. Returns the file, or NULL: nothing is inlined.
 */
static const char *call_site(Dwfl_Module *mod, uint64_t addr, int *number)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = dwfl_module_addrdie(mod, addr, &bias), *inner = NULL, *scopes = NULL;
	int n = unit ? dwarf_getscopes(unit, addr - bias, &inner) : 0;
	const char *file = NULL;
	Dwarf_Files *files;
	size_t nr_files;

	/* Outside of an inlined function these go on with its definition; its callers we want. */
	n = n > 0 ? dwarf_getscopes_die(&inner[0], &scopes) : 0;
	/* From the inside out, so the last one that was inlined is the outermost. */
	for (int i = 0; i < n; i++) {
		Dwarf_Attribute attr;
		Dwarf_Word at_file, at_line;

		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		if (!dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attr), &at_file) &&
		    !dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attr), &at_line) &&
		    !dwarf_getsrcfiles(unit, &files, &nr_files) && at_file < nr_files) {
			file = dwarf_filesrc(files, at_file, NULL, NULL);
			*number = (int)at_line;
		}
	}
	free(inner);
	free(scopes);
	return file;
}

/* The address that the debug information knows a place by. */
static uint64_t known_as(const struct section *s, uint64_t addr)
{
	Elf_Scn *scn = laid_out ? elf_getscn(laid_out, s->number) : NULL;
	GElf_Shdr shdr;

	if (!scn || !gelf_getshdr(scn, &shdr))
		return addr;
	return shdr.sh_addr + laid_out_bias + (addr - s->addr);
}

const char *source_line(const struct section *s, uint64_t addr)
{
	static char text[512];
	Dwfl_Module *mod;
	Dwfl_Line *line;
	const char *file;
	int number;

	addr = known_as(s, addr);
	mod = dwfl ? dwfl_addrmodule(dwfl, addr) : NULL;
	line = mod ? dwfl_module_getsrc(mod, addr) : NULL;
	file = mod ? call_site(mod, addr, &number) : NULL;
	if (!file)
		file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!file)
		return "-";
	snprintf(text, sizeof(text), "%s:%d", file, number);
	return text;
}
