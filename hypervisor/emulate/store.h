/* SPDX-License-Identifier: MIT */
/*
 * A store that trapped, decoded: the instructions that compilers make of an
 * assignment to an entry, or to a part of it, and of operations on its bits and
 * value, one, two, four and eight bytes wide.  Not those of FPU and SSE: a
 * kernel does not touch its page tables with the registers of its processes.
 */
#ifndef RINGONE_EMULATE_STORE_H
#define RINGONE_EMULATE_STORE_H

#include "decode.h"

struct store {
	enum {
		ST_SET, /* MOV, MOVNTI, SETcc: the value, whatever was there */
		ST_STOS,
		ST_MOVS,
		ST_XCHG,
		ST_CMPXCHG,
		ST_CMPXCHG8B,
		ST_BTS,
		ST_BTR,
		ST_BTC,
		/* What the processor computes, as it is asked for here (compute_store). */
		ST_ADD,
		ST_OR,
		ST_ADC,
		ST_SBB,
		ST_AND,
		ST_SUB,
		ST_XOR,
		ST_XADD,
		ST_INC,
		ST_DEC,
		ST_NOT,
		ST_NEG,
		ST_ROL,
		ST_ROR,
		ST_SHL,
		ST_SHR,
		ST_SAR,
	} op;
	uint32_t linear, bytes; /* where the store goes, and how wide it is: 1, 2, 4, 8 */
	uint32_t value;         /* operand; bit number or count for some */
	int8_t reg;             /* register that takes the old value (ModRM's number), or -1 */
};

/* False: not such a store, or its operand is not to be had.  May read guest memory. */
bool decode_store(const struct insn *in, struct cpu_user_regs *regs, struct store *s);
/*
 * What becomes of `old`, the operand as it is in memory, and the flags in
 * *eflags: for every op but the two CMPXCHG.
 */
uint32_t compute_store(const struct store *s, uint32_t old, uint32_t *eflags);
/* CMPXCHG: flags of comparing the accumulator with `memory`; true when they are equal. */
bool compare_store(const struct store *s, uint32_t accumulator, uint32_t memory, uint32_t *eflags);
/* The register that an operand of this width names, as a value, and set to one. */
uint32_t store_reg(const struct cpu_user_regs *regs, uint8_t n, uint32_t bytes);
void set_store_reg(struct cpu_user_regs *regs, uint8_t n, uint32_t bytes, uint32_t value);

/* The operand's bits in a register's. */
static inline uint32_t store_mask(uint32_t bytes)
{
	return bytes >= 4 ? ~0U : (1U << 8 * bytes) - 1;
}

#endif
