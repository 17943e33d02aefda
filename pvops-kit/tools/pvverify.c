// SPDX-License-Identifier: MIT
/*
 * pvverify: every instruction of a kernel that ring 1 cannot execute, or cannot trust.
 *
 *   pvverify --list		the instructions it knows: mnemonic, class, part of a port
 *   pvverify FILE		one line each, separated by tabs:
 *     CLASS MNEMONIC WHAT ADDRESS SECTION SYMBOL OFFSET SOURCE TEXT
 *   pvverify --where FILE	for each hexadecimal address on standard input:
 *     ADDRESS SYMBOL OFFSET SOURCE, each "-" where FILE does not say
 *
 * CLASS is privileged, sensitive, info or undecodable. Disassembly starts anew at every symbol and
 * at what relocations of an object point to, so that data in between cannot hide what follows. Bytes that are no instruction are listed, a
 * run of them as one line, never skipped. The last line, `# ...`, says how much was looked at.
 * Exit status: 0, or 2 when FILE cannot be read. Judging is left to the caller.
 */
#include "classify.h"
#include "image.h"
#include "lines.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct image image;

static struct {
	size_t instructions, bytes, bad, ranges;
} seen;

/* The section and symbol of an address anywhere in the image; symbol NULL when there is none. */
static const struct symbol *find_symbol(uint64_t addr)
{
	for (size_t i = 0; i < image.nr_sections; i++) {
		const struct section *s = &image.sections[i];

		if (addr >= s->addr && addr - s->addr < s->size)
			return symbol_at(s, addr);
	}
	return NULL;
}

/* For addresses that come from elsewhere: a machine that counted them. */
static void locate(void)
{
	uint64_t addr;

	while (scanf("%" SCNx64, &addr) == 1) {
		const struct symbol *sym = find_symbol(addr);

		if (sym)
			printf("0x%08" PRIx64 "\t%s\t0x%" PRIx64 "\t%s\n", addr, sym->name,
			       addr - sym->addr, source_line(addr));
		else
			printf("0x%08" PRIx64 "\t-\t-\t%s\n", addr, source_line(addr));
	}
}

/* Where no symbol is, the section's name stands for it. */
static void report(const char *class, const char *mnemonic, const char *what,
		   const struct section *s, uint64_t addr, const char *text)
{
	const struct symbol *sym = symbol_at(s, addr);
	const struct symbol *site = sym && sym->site ? find_symbol(sym->site) : NULL;

	printf("%s\t%s\t%s\t0x%08" PRIx64 "\t%s\t%s\t0x%" PRIx64 "\t%s\t%s%s%s\n", class, mnemonic,
	       what, addr, s->name, sym ? sym->name : s->name, addr - (sym ? sym->addr : s->addr),
	       source_line(sym && sym->site ? sym->site : addr), text,
	       site ? "; may replace code of " : "", site ? site->name : "");
}

/*
 * Hypervisors take `ud2a; .ascii "xen"` as a prefix that asks for emulation. Read as code, its
 * last letter is an OUTS; it is not executed, the instruction behind it is.
 */
static size_t forced_prefix(const uint8_t *bytes, size_t left)
{
	static const uint8_t prefix[] = { 0x0f, 0x0b, 'x', 'e', 'n' };

	return left >= sizeof(prefix) && !memcmp(bytes, prefix, sizeof(prefix)) ? sizeof(prefix)
										: 0;
}

static void flush_bad(const struct section *s, const uint8_t *start, size_t len, uint64_t addr)
{
	char text[3 * 16 + 32];
	size_t used = 0;

	if (!len)
		return;
	seen.bad += len;
	for (size_t i = 0; i < len && i < 16; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x ", start[i]);
	snprintf(text + used, sizeof(text) - used, "(%zu byte%s)", len, len == 1 ? "" : "s");
	report("undecodable", "(bad)", "-", s, addr, text);
}

/* Disassemble from one boundary to the next. */
static void scan_range(csh handle, cs_insn *insn, const struct section *s, size_t from, size_t to)
{
	size_t bad = 0;

	seen.ranges++;
	while (from < to) {
		const uint8_t *code = s->bytes + from;
		size_t left = to - from, skip = bad ? 0 : forced_prefix(code, left);
		uint64_t addr = s->addr + from;
		const char *what = "-";
		enum insn_class class;
		bool forced = skip != 0;

		code += skip, left -= skip, addr += skip;
		if (!cs_disasm_iter(handle, &code, &left, &addr, insn)) {
			size_t known = skip ? 0 : newer_instruction(code, left);

			if (known) {
				flush_bad(s, s->bytes + from - bad, bad, s->addr + from - bad);
				bad = 0;
				seen.instructions++;
				from += known;
				continue;
			}
			bad += 1 + skip;
			from += 1 + skip;
			continue;
		}
		flush_bad(s, s->bytes + from - bad, bad, s->addr + from - bad);
		bad = 0;
		seen.instructions++;
		from += skip + insn->size;
		class = classify(insn, &what);
		if (class != INSN_FINE && !forced) {
			char text[256];

			snprintf(text, sizeof(text), "%s %s", insn->mnemonic, insn->op_str);
			report(class_name(class), plain_mnemonic(insn), what, s, insn->address,
			       text);
		}
	}
	flush_bad(s, s->bytes + from - bad, bad, s->addr + from - bad);
}

static void scan_section(csh handle, cs_insn *insn, const struct section *s)
{
	size_t from = 0;

	for (size_t i = 0; i < s->nr_symbols; i++) {
		uint64_t at = s->symbols[i].addr;

		if (at < s->addr || at - s->addr > s->size)
			continue;
		if (at - s->addr > from) {
			scan_range(handle, insn, s, from, at - s->addr);
			from = at - s->addr;
		}
	}
	scan_range(handle, insn, s, from, s->size);
	seen.bytes += s->size;
}

/* Returns the exit status. */
static int scan(void)
{
	cs_insn *insn;
	csh handle;

	if (cs_open(CS_ARCH_X86, image.is64 ? CS_MODE_64 : CS_MODE_32, &handle)) {
		fputs("pvverify: Capstone does not start\n", stderr);
		return 2;
	}
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	insn = cs_malloc(handle);
	if (!insn)
		return 2;
	for (size_t i = 0; i < image.nr_sections; i++)
		scan_section(handle, insn, &image.sections[i]);
	printf("# %zu instructions in %zu bytes of %zu sections, %zu ranges, %zu bytes undecodable\n",
	       seen.instructions, seen.bytes, image.nr_sections, seen.ranges, seen.bad);
	cs_free(insn, 1);
	cs_close(&handle);
	return 0;
}

int main(int argc, char **argv)
{
	bool where = argc == 3 && !strcmp(argv[1], "--where");
	const char *file = argv[argc - 1], *why;

	if (argc == 2 && !strcmp(file, "--list")) {
		print_kinds(stdout);
		return 0;
	}
	if ((argc != 2 && !where) || file[0] == '-') {
		fputs("usage: pvverify FILE | --where FILE | --list\n", stderr);
		return 2;
	}
	if (image_load(file, &image, &why)) {
		fprintf(stderr, "pvverify: %s %s; give a vmlinux or an object file\n", file, why);
		return 2;
	}
	lines_open(file);
	if (!where)
		return scan();
	locate();
	return 0;
}
