// SPDX-License-Identifier: MIT
#include "lines.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>

static Dwfl *dwfl;

/* No debuginfo servers, no search paths: what the file itself holds, or nothing. */
static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **out)
{
	(void)mod, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)out;
	return -1;
}

void lines_open(const char *path)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = no_debuginfo,
		.section_address = dwfl_offline_section_address,
	};

	dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	if (!dwfl_report_offline(dwfl, "", path, -1)) {
		dwfl_end(dwfl);
		dwfl = NULL;
		return;
	}
	dwfl_report_end(dwfl, NULL, NULL);
}

const char *source_line(uint64_t addr)
{
	static char text[512];
	Dwfl_Module *mod = dwfl ? dwfl_addrmodule(dwfl, addr) : NULL;
	Dwfl_Line *line = mod ? dwfl_module_getsrc(mod, addr) : NULL;
	const char *file;
	int number;

	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!file)
		return "-";
	snprintf(text, sizeof(text), "%s:%d", file, number);
	return text;
}
