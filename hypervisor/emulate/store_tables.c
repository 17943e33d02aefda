/* SPDX-License-Identifier: MIT */
/*
 * SGDT, SIDT, SLDT, STR and SMSW: they do not fault outside of ring 0, and show
 * whoever asks the hypervisor's tables and CR0.
 *
 * A debug build switches CR4.UMIP on where there is one, so that they fault and
 * can be counted.  What the guest gets is what it would have got without: the
 * processor is asked here, on its behalf.  So a guest cannot tell, and one that
 * never asks does not notice.
 */
#include "emulate.h"
#include "internal.h"
#include "mm/mm.h"

struct table_register {
	uint16_t limit;
	uint32_t base;
} __packed;

/* The operand of SLDT, STR and SMSW: a word in memory, all of a register. */
static uint32_t ask_processor(const struct insn *i)
{
	uint32_t value;

	if (i->opcode == 0x01)
		__asm__ volatile("smsw %0" : "=r"(value));
	else if (i->reg == 0)
		__asm__ volatile("sldt %0" : "=r"(value));
	else
		__asm__ volatile("str %0" : "=r"(value));
	return value;
}

static bool is_store(const struct insn *i)
{
	if (i->map != MAP_0F)
		return false;
	if (i->opcode == 0x00)
		return i->reg <= 1;
	return i->opcode == 0x01 && (i->reg == 4 || (i->reg <= 1 && i->mod != 3));
}

/* From any ring.  True: done and EIP moved on, or the guest has got the fault of the operand. */
bool emulate_store_tables(struct cpu_user_regs *regs, const struct insn *i)
{
	bool table = i->opcode == 0x01 && i->reg <= 1;
	uint32_t linear, value, bytes = table ? sizeof(struct table_register) : 2;
	struct table_register r;

	if (!is_store(i))
		return false;
	if (i->mod == 3) {
		value = ask_processor(i);
		if (i->opsize == 2)
			value = (*insn_gpr(regs, i->rm) & 0xffff0000) | (value & 0xffff);
		*insn_gpr(regs, i->rm) = value;
		regs->eip += i->length;
		return true;
	}
	if (!insn_linear(regs, i->segment, insn_mem_offset(i, regs), bytes, true, &linear))
		return false;
	if (table && i->reg == 0)
		__asm__ volatile("sgdt %0" : "=m"(r));
	else if (table)
		__asm__ volatile("sidt %0" : "=m"(r));
	else
		value = ask_processor(i);
	if (insn_write(regs, linear, table ? (void *)&r : &value, bytes))
		regs->eip += i->length;
	return true;
}
