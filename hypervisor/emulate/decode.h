/* SPDX-License-Identifier: MIT */
/*
 * A small decoder for 32-bit x86 instructions, as far as emulation needs one:
 * lengths, prefixes, operands in the abstract.  It knows no guest and no
 * register, so it also runs in the unit tests on the build host.
 *
 *   [prefixes] opcode [0F [38|3A]] [modrm [sib] [disp]] [imm]
 *
 * VEX, EVEX and XOP encodings are answered with false: nothing that traps in
 * a ring-1 kernel or stores to a page table is encoded that way.
 */
#ifndef RINGONE_DECODE_H
#define RINGONE_DECODE_H

#include "types.h"
#include "x86.h"

/* General registers as ModRM numbers them. */
enum insn_reg { REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI, REG_NONE };
/* Segment registers as ModRM numbers them. */
enum insn_seg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

/* Opcode maps: one byte; 0F xx; 0F 38 xx; 0F 3A xx. */
enum insn_map { MAP_1, MAP_0F, MAP_0F38, MAP_0F3A };

struct insn {
	uint8_t length;           /* whole instruction, 1..15 */
	uint8_t map;              /* enum insn_map */
	uint8_t opcode;           /* its last byte */
	uint8_t opsize, addrsize; /* 2 or 4: operand size attribute (byte forms: see opcode) */
	bool lock, rep, repne;    /* F0, F3, F2 (mandatory prefixes of SSE included) */
	uint8_t segment;          /* of the memory operand: override or default (enum insn_seg) */
	bool segment_override;

	bool has_modrm;
	uint8_t modrm;
	uint8_t mod, reg, rm; /* its fields */
	/* Memory operand when has_modrm and mod != 3, or moffs: base + index * scale + disp. */
	bool has_mem;
	uint8_t base, index; /* enum insn_reg, REG_NONE when absent */
	uint8_t scale;       /* 1, 2, 4, 8 */
	int32_t disp;

	uint8_t imm_size; /* bytes of the first immediate, 0 when there is none */
	uint32_t imm;     /* zero-extended; sign-extend by imm_size where the opcode does */
	uint16_t imm2;    /* selector of a far pointer, or ENTER's level */
};

/* Decode at most `avail` bytes (a 32-bit code segment); false: unknown, too long or cut off. */
bool decode_insn(const uint8_t *bytes, size_t avail, struct insn *insn);

/* The immediate, sign-extended from its size. */
static inline int32_t insn_simm(const struct insn *i)
{
	if (i->imm_size == 1)
		return (int8_t)i->imm;
	if (i->imm_size == 2)
		return (int16_t)i->imm;
	return (int32_t)i->imm;
}

/* ---- with registers (emulate/operand.c, memory.c) ---- */

struct cpu_user_regs;
struct vcpu;

/* The register ModRM calls n, and the selector of a segment register. */
uint32_t *insn_gpr(struct cpu_user_regs *regs, uint8_t n);
uint32_t insn_selector(const struct cpu_user_regs *regs, uint8_t seg);
/* Offset of the memory operand within its segment (wrapped to addrsize). */
uint32_t insn_mem_offset(const struct insn *i, const struct cpu_user_regs *regs);
/*
 * Linear address of `bytes` at `offset` in segment `seg` of the current VCPU,
 * checked against the segment's type and limit; false when the processor
 * would have faulted.  The result is not yet checked against the hole:
 * copy_*_guest_raw does that.
 */
bool insn_linear(const struct cpu_user_regs *regs, uint8_t seg, uint32_t offset, uint32_t bytes,
		 bool write, uint32_t *linear);
/*
 * May an emulated instruction read (write) this memory, with the rights of the
 * ring it runs in?  Ring 0 could reach more.  False: no, and the guest has got
 * the page fault of the first such byte, EIP still at the instruction.
 */
bool insn_reachable(const struct cpu_user_regs *regs, uint32_t linear, uint32_t bytes, bool write);
/* The same, and then it is done. */
bool insn_read(const struct cpu_user_regs *regs, uint32_t linear, void *to, uint32_t bytes);
bool insn_write(const struct cpu_user_regs *regs, uint32_t linear, const void *from,
		uint32_t bytes);
/*
 * Read and decode the instruction at the guest's CS:EIP (32-bit code segments
 * only); false when it cannot be read or is unknown.
 */
bool fetch_guest_insn(const struct cpu_user_regs *regs, struct insn *insn);

#endif
