// SPDX-License-Identifier: MIT
#include "classify.h"

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
	{ "cpuid",	INSN_INFO,	 "processor" },
};
/* clang-format on */

/* AMD's and Intel's virtualization instructions, by the letters they start with. */
static int is_virtualization(const char *name)
{
	static const char *const names[] = {
		"vmcall",  "vmclear", "vmfunc",   "vmlaunch", "vmload", "vmmcall", "vmptrld",
		"vmptrst", "vmread",  "vmresume", "vmrun",    "vmsave", "vmwrite", "vmxoff",
		"vmxon",   "invept",  "invvpid",  "invlpga",  "skinit", "stgi",    "clgi",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return 1;
	return 0;
}

/* 0F 20..23 and the test registers of old move to and from control and debug registers. */
static int is_mov_control(const cs_insn *insn)
{
	const uint8_t *op = insn->detail->x86.opcode;

	return op[0] == 0x0f && (op[1] & 0xf8) == 0x20;
}

const char *plain_mnemonic(const cs_insn *insn)
{
	static const char *const sized[] = { "popf", "pushf", "iret", "ins", "outs" };
	static char name[32];
	const char *last = strrchr(insn->mnemonic, ' ');

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

enum insn_class classify(const cs_insn *insn, const char **what)
{
	const char *name = plain_mnemonic(insn);

	if (!strncmp(name, "mov-", 4)) {
		*what = insn->detail->x86.opcode[1] & 1 ? "processor" : "mmu";
		return INSN_PRIVILEGED;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].mnemonic, name)) {
			*what = kinds[i].what;
			return kinds[i].class;
		}
	}
	if (is_virtualization(name)) {
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
	fprintf(out, "mov-cr\t%s\tmmu\nmov-dr\t%s\tprocessor\n", class_name(INSN_PRIVILEGED),
		class_name(INSN_PRIVILEGED));
}

size_t newer_instruction(const uint8_t *bytes, size_t left)
{
	if (left >= 3 && bytes[0] == 0x0f && bytes[1] == 0x01 &&
	    (bytes[2] == 0xe8 || bytes[2] == 0xfa || bytes[2] == 0xfb))
		return 3;
	/* 66, F2 or F3 0F AE /6 with a register: TPAUSE, UMWAIT, UMONITOR */
	if (left >= 4 && (bytes[0] == 0x66 || bytes[0] == 0xf2 || bytes[0] == 0xf3) &&
	    bytes[1] == 0x0f && bytes[2] == 0xae && (bytes[3] & 0xf8) == 0xf0)
		return 4;
	return 0;
}

const char *class_name(enum insn_class class)
{
	static const char *const names[] = { "fine", "privileged", "sensitive", "info" };

	return names[class];
}
