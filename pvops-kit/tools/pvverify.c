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
 * CLASS is privileged, sensitive, info, undecodable or unread. Disassembly starts anew at every
 * symbol and at what relocations of an object point to, so that data in between cannot hide what
 * follows; a direct branch that leads to no instruction found so is listed as (branch). Bytes that
 * are no instruction are listed, a run of them as one line, never skipped; code among data is named
 * as unread. What an alternative of Linux may bring has the SYMBOL alt:FUNCTION, the function it may
 * be patched into. The last line, `# ...`, says how much was looked at.
 * Exit status: 0, or 2 when FILE cannot be read. Judging is left to the caller.
 */
#include "branches.h"
#include "classify.h"
#include "image.h"
#include "lines.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct image image;
static bool no_memory;

static struct {
	size_t instructions, bytes, bad, ranges;
} seen;

/* The section of an address anywhere in a linked image; NULL when there is none. */
static const struct section *find_section(uint64_t addr)
{
	for (size_t i = 0; i < image.nr_sections; i++) {
		const struct section *s = &image.sections[i];

		if (addr >= s->addr && addr - s->addr < s->size)
			return s;
	}
	return NULL;
}

/* For addresses that come from elsewhere: a machine that counted them. */
static void locate(void)
{
	uint64_t addr;

	while (scanf("%" SCNx64, &addr) == 1) {
		const struct section *s = find_section(addr);
		const struct symbol *sym = s ? symbol_at(s, addr) : NULL;
		const char *line = s ? source_line(s, addr) : "-";

		if (sym)
			printf("0x%08" PRIx64 "\t%s\t0x%" PRIx64 "\t%s\n", addr, sym->name,
			       addr - sym->addr, line);
		else
			printf("0x%08" PRIx64 "\t-\t-\t%s\n", addr, line);
	}
}

/* Where no symbol is, the section's name stands for it. */
static void report(const char *class, const char *mnemonic, const char *what,
		   const struct section *s, uint64_t addr, const char *text)
{
	const struct symbol *sym = symbol_at(s, addr);
	const struct section *in = sym && sym->site_in ? sym->site_in
				   : sym && sym->site  ? find_section(sym->site)
						       : NULL;
	const struct symbol *site = in ? symbol_at(in, sym->site) : NULL;

	printf("%s\t%s\t%s\t0x%08" PRIx64 "\t%s\t%s%s\t0x%" PRIx64 "\t%s\t%s\n", class, mnemonic,
	       what, addr, s->name, site ? "alt:" : "",
	       site  ? site->name
	       : sym ? sym->name
		     : s->name,
	       addr - (sym ? sym->addr : s->addr),
	       in ? source_line(in, sym->site) : source_line(s, addr), text);
}

/*
 * Hypervisors take `ud2a; .ascii "xen"` before CPUID as a prefix that asks for the virtual
 * processor's. Read as code, its last letter is an OUTS; it is not executed. Before anything else it
 * means nothing, and is read as the code it is.
 */
static size_t forced_cpuid(const uint8_t *bytes, size_t left)
{
	static const uint8_t forced[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };

	return left >= sizeof(forced) && !memcmp(bytes, forced, sizeof(forced)) ? sizeof(forced)
										: 0;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	while (len && !*bytes)
		bytes++, len--;
	return !len;
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

/* One instruction at @code, whose class is known; @how says what is odd about the way to it. */
static void report_insn(const struct section *s, const char *name, enum insn_class class,
			const char *what, uint64_t addr, const char *text, const char *how)
{
	char all[256];

	snprintf(all, sizeof(all), "%s%s", text, how);
	if (class != INSN_FINE)
		report(class_name(class), name, what, s, addr, all);
}

/*
 * One instruction at @from, marked as such and reported if it has to be. Returns its length, 0 when
 * the bytes are none.
 */
static size_t scan_one(csh handle, cs_insn *insn, const struct section *s, size_t from, size_t to,
		       const char *how)
{
	const uint8_t *code = s->bytes + from;
	size_t left = to - from, known = forced_cpuid(code, left);
	uint64_t addr = s->addr + from;
	const char *what = "-", *name = NULL;

	if (!known)
		known = newer_instruction(code, left, &name);
	if (known) {
		start_mark(s, addr);
		if (name) {
			enum insn_class class = class_of_name(name, &what);

			report_insn(s, name, class, what, addr, name, how);
		}
		return known;
	}
	if (!cs_disasm_iter(handle, &code, &left, &addr, insn)) {
		known = vector_instruction(s->bytes + from, to - from);
		if (known)
			start_mark(s, s->addr + from);
		return known;
	}
	start_mark(s, insn->address);
	if (branch_note(&image, s, insn))
		no_memory = true;
	if (classify(handle, insn, &what) != INSN_FINE) {
		char text[224];

		snprintf(text, sizeof(text), "%s %s", insn->mnemonic, insn->op_str);
		report_insn(s, plain_mnemonic(insn), classify(handle, insn, &what), what,
			    insn->address, text, how);
	}
	return insn->size;
}

/*
 * Disassemble from one boundary to the next. Zeroes up to the boundary are a linker's padding;
 * nothing among them could be an instruction that matters.
 */
static void scan_range(csh handle, cs_insn *insn, const struct section *s, size_t from, size_t to)
{
	size_t bad = 0;

	seen.ranges++;
	while (from < to && (bad || s->bytes[from] || !all_zero(s->bytes + from, to - from))) {
		size_t length = scan_one(handle, insn, s, from, to, "");

		if (!length) {
			bad++, from++;
			continue;
		}
		flush_bad(s, s->bytes + from - bad, bad, s->addr + from - bad);
		bad = 0;
		seen.instructions++;
		from += length;
	}
	flush_bad(s, s->bytes + from - bad, bad, s->addr + from - bad);
	for (; from < to; from++) /* what is written there later is none of ours */
		start_mark(s, s->addr + from);
}

/*
 * Every direct branch must lead to where an instruction was found. One that does not is reported,
 * and so is what it leads to, up to where the two readings meet; branches on that way are among
 * those that are looked at.
 */
static void check_branches(csh handle, cs_insn *insn)
{
	const struct branch *b;

	for (size_t i = 0; (b = branch_get(i)); i++) {
		const struct section *to = b->to;
		uint64_t at = b->target;
		char text[128];

		if (!to || start_known(to, at))
			continue;
		snprintf(text, sizeof(text),
			 "%s 0x%" PRIx64 "; leads into the middle of an instruction", b->mnemonic,
			 at);
		report("undecodable", "(branch)", "-", b->in, b->from, text);
		while (at - to->addr < to->size && !start_known(to, at)) {
			size_t length = scan_one(handle, insn, to, at - to->addr, to->size,
						 "; reached by a branch only");

			if (!length)
				break;
			at += length;
		}
	}
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

/* Code that is carried as data. Where it runs, and in which ring, nobody can tell from here. */
static void report_unread(void)
{
	for (size_t i = 0; i < image.nr_unread; i++) {
		const struct unread *u = &image.unread[i];

		printf("unread\t(data)\t-\t0x%08" PRIx64 "\t%s\t%s\t0x0\t-\t%s, %zu bytes\n",
		       u->addr, u->section, u->name, u->why, u->size);
	}
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
	check_branches(handle, insn);
	report_unread();
	printf("# %zu instructions in %zu bytes of %zu sections, %zu ranges, %zu bytes undecodable\n",
	       seen.instructions, seen.bytes, image.nr_sections, seen.ranges, seen.bad);
	cs_free(insn, 1);
	cs_close(&handle);
	if (no_memory)
		fputs("pvverify: needs more memory than there is\n", stderr);
	return no_memory ? 2 : 0;
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
	lines_open(file, image.relocatable);
	if (!where)
		return scan();
	locate();
	return 0;
}
