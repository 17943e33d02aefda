// SPDX-License-Identifier: MIT
#include "classify.h"

#include <stdbool.h>
#include <string.h>

struct kind {
	const char *mnemonic;
	enum insn_class class;
	const char *what;
};

/* clang-format off */
static const struct kind kinds[] = {
	{ "cli",	INSN_PRIVILEGED, "interrupts" },
	{ "sti",	INSN_PRIVILEGED, "interrupts" },
	{ "hlt",	INSN_PRIVILEGED, "interrupts" },
	{ "monitor",	INSN_PRIVILEGED, "interrupts" },
	{ "mwait",	INSN_PRIVILEGED, "interrupts" },
	{ "iret",	INSN_PRIVILEGED, "traps" },
	{ "sysexit",	INSN_PRIVILEGED, "traps" },
	{ "sysret",	INSN_PRIVILEGED, "traps" },
	{ "lgdt",	INSN_PRIVILEGED, "descriptors" },
	{ "lidt",	INSN_PRIVILEGED, "descriptors" },
	{ "lldt",	INSN_PRIVILEGED, "descriptors" },
	{ "ltr",	INSN_PRIVILEGED, "descriptors" },
	{ "swapgs",	INSN_PRIVILEGED, "descriptors" },
	{ "invlpg",	INSN_PRIVILEGED, "mmu" },
	{ "invpcid",	INSN_PRIVILEGED, "mmu" },
	{ "invd",	INSN_PRIVILEGED, "mmu" },
	{ "wbinvd",	INSN_PRIVILEGED, "mmu" },
	{ "wbnoinvd",	INSN_PRIVILEGED, "mmu" },
	{ "clts",	INSN_PRIVILEGED, "processor" },
	{ "lmsw",	INSN_PRIVILEGED, "processor" },
	{ "rdmsr",	INSN_PRIVILEGED, "processor" },
	{ "wrmsr",	INSN_PRIVILEGED, "processor" },
	{ "rdpmc",	INSN_PRIVILEGED, "processor" },
	{ "xsetbv",	INSN_PRIVILEGED, "processor" },
	{ "xsaves",	INSN_PRIVILEGED, "processor" },
	{ "xrstors",	INSN_PRIVILEGED, "processor" },
	{ "clac",	INSN_PRIVILEGED, "processor" },
	{ "stac",	INSN_PRIVILEGED, "processor" },
	{ "rsm",	INSN_PRIVILEGED, "processor" },
	{ "getsec",	INSN_PRIVILEGED, "processor" },
	{ "encls",	INSN_PRIVILEGED, "processor" },
	{ "enclv",	INSN_PRIVILEGED, "processor" },
	{ "pconfig",	INSN_PRIVILEGED, "processor" },
	{ "wrmsrns",	INSN_PRIVILEGED, "processor" },
	{ "hreset",	INSN_PRIVILEGED, "processor" },
	{ "clrssbsy",	INSN_PRIVILEGED, "processor" },
	{ "setssbsy",	INSN_PRIVILEGED, "processor" },
	{ "wruss",	INSN_PRIVILEGED, "processor" },
	{ "seamcall",	INSN_PRIVILEGED, "processor" },
	{ "tdcall",	INSN_PRIVILEGED, "processor" },
	{ "invlpgb",	INSN_PRIVILEGED, "mmu" },
	{ "tlbsync",	INSN_PRIVILEGED, "mmu" },
	{ "psmash",	INSN_PRIVILEGED, "mmu" },
	{ "pvalidate",	INSN_PRIVILEGED, "mmu" },
	{ "lkgs",	INSN_PRIVILEGED, "descriptors" },
	{ "in",		INSN_PRIVILEGED, "ports" },
	{ "out",	INSN_PRIVILEGED, "ports" },
	{ "ins",	INSN_PRIVILEGED, "ports" },
	{ "outs",	INSN_PRIVILEGED, "ports" },
	{ "popf",	INSN_SENSITIVE,	 "interrupts" },
	{ "pushf",	INSN_SENSITIVE,	 "interrupts" },
	{ "sgdt",	INSN_SENSITIVE,	 "descriptors" },
	{ "sidt",	INSN_SENSITIVE,	 "descriptors" },
	{ "sldt",	INSN_SENSITIVE,	 "descriptors" },
	{ "str",	INSN_SENSITIVE,	 "descriptors" },
	{ "smsw",	INSN_SENSITIVE,	 "processor" },
	{ "lar",	INSN_SENSITIVE,	 "descriptors" },
	{ "lsl",	INSN_SENSITIVE,	 "descriptors" },
	{ "verr",	INSN_SENSITIVE,	 "descriptors" },
	{ "verw",	INSN_SENSITIVE,	 "descriptors" },
	{ "load-es",	INSN_SENSITIVE,	 "descriptors" },
	{ "load-ss",	INSN_SENSITIVE,	 "descriptors" },
	{ "load-ds",	INSN_SENSITIVE,	 "descriptors" },
	{ "load-fs",	INSN_SENSITIVE,	 "descriptors" },
	{ "load-gs",	INSN_SENSITIVE,	 "descriptors" },
	{ "read-cs",	INSN_SENSITIVE,	 "descriptors" },
	{ "read-ss",	INSN_SENSITIVE,	 "descriptors" },
	{ "ljmp",	INSN_SENSITIVE,	 "descriptors" },
	{ "lcall",	INSN_SENSITIVE,	 "descriptors" },
	{ "retf",	INSN_SENSITIVE,	 "descriptors" },
	{ "cpuid",	INSN_INFO,	 "processor" },
};
/* clang-format on */

/* AMD's and Intel's virtualization instructions. */
static const char *const virtualization[] = {
	"vmcall",  "vmclear",  "vmfunc", "vmlaunch", "vmload",  "vmmcall", "vmptrld", "vmptrst",
	"vmread",  "vmresume", "vmrun",  "vmsave",   "vmwrite", "vmxoff",  "vmxon",   "invept",
	"invvpid", "invlpga",  "skinit", "stgi",     "clgi",    "vmgexit",
};

static int is_virtualization(const char *name)
{
	for (size_t i = 0; i < sizeof(virtualization) / sizeof(virtualization[0]); i++)
		if (!strcmp(virtualization[i], name))
			return 1;
	return 0;
}

/* 0F 20..23 and the test registers of old move to and from control and debug registers. */
static int is_mov_control(const cs_insn *insn)
{
	const uint8_t *op = insn->detail->x86.opcode;

	return op[0] == 0x0f && (op[1] & 0xf8) == 0x20;
}

/*
 * A segment register loaded, or the ring shown by CS or SS: "load-ds", "read-cs", NULL for anything
 * else. The register's selector is not what a guest in ring 1 may think, and loading one that ring
 * 1 may not have faults.
 */
static const char *segment_access(const cs_insn *insn)
{
	static const char *const load[] = { "load-es", NULL,      "load-ss", "load-ds",
					    "load-fs", "load-gs", NULL,      NULL };
	static const char *const read[8] = { [1] = "read-cs", [2] = "read-ss" };
	const uint8_t *op = insn->detail->x86.opcode;
	unsigned int reg = insn->detail->x86.modrm >> 3 & 7;

	switch (op[0]) {
	case 0x8e: /* mov r, sreg */
		return load[reg];
	case 0x8c: /* mov sreg, r/m */
		return read[reg];
	case 0x07: /* pop es, ss, ds */
	case 0x17:
	case 0x1f:
		return load[op[0] >> 3];
	case 0x0e: /* push cs, ss */
	case 0x16:
		return read[op[0] >> 3];
	case 0xc4: /* les, lds; with a register operand they are VEX prefixes */
	case 0xc5:
		return strcmp(insn->mnemonic, "les") && strcmp(insn->mnemonic, "lds")
			       ? NULL
			       : load[op[0] == 0xc4 ? 0 : 3];
	case 0x0f:
		if (op[1] == 0xa1 || op[1] == 0xa9) /* pop fs, gs */
			return load[op[1] == 0xa1 ? 4 : 5];
		if (op[1] == 0xb2 || op[1] == 0xb4 || op[1] == 0xb5) /* lss, lfs, lgs */
			return load[op[1] & 7];
	}
	return NULL;
}

const char *plain_mnemonic(const cs_insn *insn)
{
	static const char *const sized[] = { "popf", "pushf", "iret", "ins", "outs" };
	static char name[32];
	const char *last = strrchr(insn->mnemonic, ' '), *segment = segment_access(insn);

	if (segment)
		return segment;
	snprintf(name, sizeof(name), "%s", last ? last + 1 : insn->mnemonic);
	if (!strcmp(name, "mov") && is_mov_control(insn)) {
		const char *reg = insn->op_str;

		while (*reg && strncmp(reg, "cr", 2) && strncmp(reg, "dr", 2) && *reg != 't')
			reg++;
		snprintf(name, sizeof(name), "mov-%.3s", reg);
	}
	for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++) {
		size_t len = strlen(sized[i]);

		if (!strncmp(name, sized[i], len) && name[len] && !name[len + 1])
			name[len] = '\0'; /* b, w, d or q */
	}
	return name;
}

/* Capstone 4 counts these among the privileged ones, wrongly: any ring may. */
static int is_capstones_error(const char *name)
{
	return !strcmp(name, "pop") || !strcmp(name, "rdtscp") || !strcmp(name, "mov");
}

enum insn_class classify(csh handle, const cs_insn *insn, const char **what)
{
	const char *name = plain_mnemonic(insn);
	enum insn_class class;

	if (!strncmp(name, "mov-", 4)) {
		*what = insn->detail->x86.opcode[1] & 1 ? "processor" : "mmu";
		return INSN_PRIVILEGED;
	}
	class = class_of_name(name, what);
	if (class != INSN_FINE)
		return class;
	/* Whatever Capstone knows and the table does not. */
	if (cs_insn_group(handle, insn, X86_GRP_PRIVILEGE) && !is_capstones_error(name)) {
		*what = "processor";
		return INSN_PRIVILEGED;
	}
	return INSN_FINE;
}

void print_kinds(FILE *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		fprintf(out, "%s\t%s\t%s\n", kinds[i].mnemonic, class_name(kinds[i].class),
			kinds[i].what);
	for (size_t i = 0; i < sizeof(virtualization) / sizeof(virtualization[0]); i++)
		fprintf(out, "%s\t%s\tprocessor\n", virtualization[i], class_name(INSN_PRIVILEGED));
	fprintf(out, "mov-cr\t%s\tmmu\nmov-dr\t%s\tprocessor\n", class_name(INSN_PRIVILEGED),
		class_name(INSN_PRIVILEGED));
}

/*
 * An instruction by its bytes behind the prefixes, of which @prefix (0x66, 0xf2, 0xf3) is the one
 * that selects it. Of the last byte only the bits in @mask count. @name NULL: any ring may use it.
 */
struct encoding {
	uint8_t prefix, length, bytes[5], mask;
	bool memory; /* the last byte is a ModRM, an address may follow */
	const char *name;
};

/* clang-format off */
static const struct encoding newer[] = {
	{ 0,	3, { 0x0f, 0x01, 0xe8 }, 0xff, false, NULL },	/* serialize */
	{ 0,	3, { 0x0f, 0x01, 0xfa }, 0xfe, false, NULL },	/* monitorx, mwaitx */
	{ 0x66,	3, { 0x0f, 0xae, 0xf0 }, 0xf8, false, NULL },	/* tpause */
	{ 0xf2,	3, { 0x0f, 0xae, 0xf0 }, 0xf8, false, NULL },	/* umwait */
	{ 0xf3,	3, { 0x0f, 0xae, 0xf0 }, 0xf8, false, NULL },	/* umonitor */
	{ 0xf3,	3, { 0x0f, 0xae, 0x30 }, 0x38, true,  "clrssbsy" },
	{ 0xf3,	3, { 0x0f, 0x01, 0xe8 }, 0xff, false, "setssbsy" },
	{ 0x66,	4, { 0x0f, 0x38, 0xf5, 0 }, 0, true,  "wruss" },
	{ 0,	3, { 0x0f, 0x01, 0xcf }, 0xff, false, "encls" },
	{ 0,	3, { 0x0f, 0x01, 0xc0 }, 0xff, false, "enclv" },
	{ 0,	3, { 0x0f, 0x01, 0xc5 }, 0xff, false, "pconfig" },
	{ 0,	3, { 0x0f, 0x01, 0xc6 }, 0xff, false, "wrmsrns" },
	{ 0xf3,	5, { 0x0f, 0x3a, 0xf0, 0xc0 }, 0, false, "hreset" },
	{ 0x66,	3, { 0x0f, 0x01, 0xcf }, 0xff, false, "seamcall" },
	{ 0x66,	3, { 0x0f, 0x01, 0xcc }, 0xff, false, "tdcall" },
	{ 0xf2,	3, { 0x0f, 0x01, 0xd9 }, 0xff, false, "vmgexit" },
	{ 0xf3,	3, { 0x0f, 0x01, 0xd9 }, 0xff, false, "vmgexit" },
	{ 0xf2,	3, { 0x0f, 0x01, 0xff }, 0xff, false, "pvalidate" },
	{ 0xf3,	3, { 0x0f, 0x01, 0xff }, 0xff, false, "psmash" },
	{ 0,	3, { 0x0f, 0x01, 0xfe }, 0xff, false, "invlpgb" },
	{ 0,	3, { 0x0f, 0x01, 0xff }, 0xff, false, "tlbsync" },
	{ 0,	2, { 0x0f, 0x37 }, 0xff, false, "getsec" },
	{ 0xf2,	3, { 0x0f, 0x00, 0x30 }, 0x38, true,  "lkgs" },
};
/* clang-format on */

/* Bytes of an address behind the ModRM at @at, whatever the mode's address size; none for a
 * register. Reads at most @left. */
static size_t address_bytes(const uint8_t *at, size_t left, bool short_address)
{
	uint8_t mod = at[0] >> 6, rm = at[0] & 7;
	bool sib = !short_address && rm == 4;

	if (mod == 3)
		return 0;
	if (mod == 1)
		return sib + 1;
	if (short_address)
		return mod == 2 || rm == 6 ? 2 : 0;
	if (mod == 2 || rm == 5 || (sib && left > 1 && (at[1] & 7) == 5))
		return sib + 4;
	return sib;
}

/* Bytes of prefixes at @bytes. *selects: the one that selects an instruction, or 0. */
static size_t prefixes(const uint8_t *bytes, size_t left, uint8_t *selects, bool *short_address)
{
	size_t n = 0;

	*selects = 0;
	for (*short_address = false; n < left; n++) {
		uint8_t b = bytes[n];

		if (b == 0xf2 || b == 0xf3 || (b == 0x66 && !*selects))
			*selects = b;
		else if (b == 0x67)
			*short_address = true;
		else if (b != 0x66 && b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e &&
			 b != 0x64 && b != 0x65 && b != 0xf0)
			break;
	}
	return n;
}

size_t newer_instruction(const uint8_t *bytes, size_t left, const char **name)
{
	uint8_t selects;
	bool short_address;
	size_t skip = prefixes(bytes, left, &selects, &short_address);

	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		const struct encoding *e = &newer[i];
		const uint8_t *code = bytes + skip, *last = code + e->length - 1;
		size_t length = skip + e->length;

		if (e->prefix != selects || length > left ||
		    memcmp(code, e->bytes, e->length - 1U) ||
		    (*last & e->mask) != e->bytes[e->length - 1])
			continue;
		if (e->memory)
			length += address_bytes(last, left - length + 1, short_address);
		*name = e->name;
		return length <= left ? length : 0;
	}
	return 0;
}

/* Has an instruction of that vector map and opcode an immediate byte? (SDM vol. 2A, 2.3.8, 2.7.5) */
static bool vector_immediate(uint8_t map, uint8_t opcode)
{
	return map == 3 || (map == 1 && ((opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 ||
					 (opcode >= 0xc4 && opcode <= 0xc6)));
}

size_t vector_instruction(const uint8_t *bytes, size_t left)
{
	uint8_t selects, map = 1, opcode;
	bool short_address;
	size_t n = prefixes(bytes, left, &selects, &short_address);
	const uint8_t *vex = bytes + n;

	/* Behind the first byte come 1, 2 or 3 of the prefix, an opcode and a ModRM. In these modes
	   the first of them has its upper bits set, or it is LES, LDS or BOUND with an address. */
	if (selects || left - n < 6 || (vex[1] & 0xc0) != 0xc0)
		return 0;
	if (vex[0] == 0x62 && (vex[2] & 0x04)) {
		map = vex[1] & 0x07;
		n += 4;
	} else if (vex[0] == 0xc4) {
		map = vex[1] & 0x1f;
		n += 3;
	} else if (vex[0] == 0xc5) {
		n += 2;
	} else {
		return 0;
	}
	if (!map || map > 6 || map == 4 || (vex[0] == 0xc4 && map > 3))
		return 0;
	opcode = bytes[n++];
	if (map == 1 && opcode == 0x77) /* vzeroall has no ModRM */
		return n;
	n += 1 + address_bytes(bytes + n, left - n, short_address) + vector_immediate(map, opcode);
	return n <= left ? n : 0;
}

enum insn_class class_of_name(const char *name, const char **what)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].mnemonic, name)) {
			*what = kinds[i].what;
			return kinds[i].class;
		}
	}
	if (!is_virtualization(name))
		return INSN_FINE;
	*what = "processor";
	return INSN_PRIVILEGED;
}

const char *class_name(enum insn_class class)
{
	static const char *const names[] = { "fine", "privileged", "sensitive", "info" };

	return names[class];
}
