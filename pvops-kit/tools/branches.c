// SPDX-License-Identifier: MIT
#include "branches.h"

#include <stdlib.h>
#include <string.h>

static struct branch *branches;
static size_t nr_branches;

static bool inside(const struct section *s, uint64_t addr)
{
	return addr >= s->addr && addr - s->addr < s->size;
}

void start_mark(const struct section *s, uint64_t addr)
{
	uint64_t at = addr - s->addr;

	if (inside(s, addr))
		s->starts[at / 8] |= (uint8_t)(1 << at % 8);
}

bool start_known(const struct section *s, uint64_t addr)
{
	uint64_t at = addr - s->addr;

	return inside(s, addr) && (s->starts[at / 8] >> at % 8 & 1);
}

/* JMP, Jcc, CALL, LOOP, JCXZ and XBEGIN with a distance in them. */
static bool is_direct(const cs_insn *insn)
{
	const uint8_t *op = insn->detail->x86.opcode;

	if (insn->detail->x86.op_count != 1 || insn->detail->x86.operands[0].type != X86_OP_IMM)
		return false;
	return op[0] == 0xe8 || op[0] == 0xe9 || op[0] == 0xeb || (op[0] & 0xf0) == 0x70 ||
	       (op[0] & 0xfc) == 0xe0 || op[0] == 0xc7 || (op[0] == 0x0f && (op[1] & 0xf0) == 0x80);
}

int branch_note(const struct image *image, const struct section *s, const cs_insn *insn)
{
	struct branch b = { .in = s, .from = insn->address };
	const struct link *link;

	if (!is_direct(insn))
		return 0;
	b.target = (uint64_t)insn->detail->x86.operands[0].imm;
	if (!image->is64)
		b.target &= UINT32_MAX;
	link = image->relocatable ? link_at(image, s, insn->address + insn->size - 4) : NULL;
	if (link && !link->to)
		return 0;
	if (link) {
		b.to = link->to;
		b.target = link->target;
	} else if (image->relocatable) {
		b.to = s;
	}
	for (size_t i = 0; !b.to && i < image->nr_sections; i++)
		if (inside(&image->sections[i], b.target))
			b.to = &image->sections[i];
	memcpy(b.mnemonic, insn->mnemonic, sizeof(b.mnemonic));
	if ((nr_branches & (nr_branches - 1)) == 0) {
		size_t room = nr_branches ? nr_branches * 2 : 1;
		struct branch *bigger = realloc(branches, room * sizeof(*bigger));

		if (!bigger)
			return -1;
		branches = bigger;
	}
	branches[nr_branches++] = b;
	return 0;
}

const struct branch *branch_get(size_t n)
{
	return n < nr_branches ? &branches[n] : NULL;
}
