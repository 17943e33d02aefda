/* SPDX-License-Identifier: MIT */
/* From a decoded instruction to the guest's registers and addresses. */
#include "emulate.h"

uint32_t *insn_gpr(struct cpu_user_regs *regs, uint8_t n)
{
	switch (n) {
	case REG_EAX:
		return &regs->eax;
	case REG_ECX:
		return &regs->ecx;
	case REG_EDX:
		return &regs->edx;
	case REG_EBX:
		return &regs->ebx;
	case REG_ESP:
		return &regs->esp;
	case REG_EBP:
		return &regs->ebp;
	case REG_ESI:
		return &regs->esi;
	default:
		return &regs->edi;
	}
}

uint32_t insn_selector(const struct cpu_user_regs *regs, uint8_t seg)
{
	switch (seg) {
	case SEG_ES:
		return regs->es;
	case SEG_CS:
		return regs->cs;
	case SEG_SS:
		return regs->ss;
	case SEG_FS:
		return regs->fs;
	case SEG_GS:
		return regs->gs;
	default:
		return regs->ds;
	}
}

uint32_t insn_mem_offset(const struct insn *i, const struct cpu_user_regs *regs)
{
	struct cpu_user_regs *r = (struct cpu_user_regs *)regs;
	uint32_t offset = i->disp;

	if (i->base != REG_NONE)
		offset += *insn_gpr(r, i->base);
	if (i->index != REG_NONE)
		offset += *insn_gpr(r, i->index) * i->scale;
	return i->addrsize == 2 ? offset & 0xffff : offset;
}
