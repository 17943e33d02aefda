// SPDX-License-Identifier: MIT
/*
 * privileged: mnemonics of all instructions that Capstone puts into its group of privileged ones,
 * one a line, found by decoding every opcode of the one-byte and two-byte maps, and of the three-byte
 * ones, with every ModRM and each prefix that selects an instruction.
 */
#include <capstone/capstone.h>
#include <stdio.h>
#include <string.h>

static csh handle;

static void look(const uint8_t *code, size_t size)
{
	cs_insn *insn;

	if (!cs_disasm(handle, code, size, 0x1000, 1, &insn))
		return;
	if (cs_insn_group(handle, insn, X86_GRP_PRIVILEGE)) {
		const char *last = strrchr(insn->mnemonic, ' ');

		puts(last ? last + 1 : insn->mnemonic);
	}
	cs_free(insn, 1);
}

int main(void)
{
	static const uint8_t prefixes[] = { 0, 0x66, 0xf2, 0xf3 }, maps[] = { 0, 0, 0x38, 0x3a };

	if (cs_open(CS_ARCH_X86, CS_MODE_32, &handle))
		return 1;
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	for (size_t i = 0; i < sizeof(prefixes) * sizeof(maps) * 0x10000; i++) {
		uint8_t code[24] = { 0 };
		size_t n = 0, map = i >> 16 & 3, prefix = i >> 18;

		if (prefix)
			code[n++] = prefixes[prefix];
		if (map)
			code[n++] = 0x0f;
		if (map > 1)
			code[n++] = maps[map];
		code[n++] = (uint8_t)(i >> 8);
		code[n++] = (uint8_t)i;
		look(code, sizeof(code));
	}
	cs_close(&handle);
	return 0;
}
