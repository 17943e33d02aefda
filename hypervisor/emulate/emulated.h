/* SPDX-License-Identifier: MIT */
/*
 * What was emulated for guests, by place: debug builds count every instruction
 * of a guest kernel that came to ring 0 to be done there, so that whoever ports
 * a kernel sees what was forgotten and whether it matters (docs/abi.md, "What
 * was emulated"; `pvkit verify --run` reads it).
 */
#ifndef RINGONE_EMULATED_H
#define RINGONE_EMULATED_H

#include "decode.h"
#include "domain/domain.h"
#include "x86.h"

/* What an instruction is called on the console: an index into names[] of emulated.c. */
enum emulated_kind {
	EMULATED_NOTHING, /* not privileged: whatever it wanted, it is not counted */
	EMULATED_CLI,
	EMULATED_STI,
	EMULATED_HLT,
	EMULATED_IN,
	EMULATED_OUT,
	EMULATED_INS,
	EMULATED_OUTS,
	EMULATED_CLTS,
	EMULATED_INVD,
	EMULATED_WBINVD,
	EMULATED_RDMSR,
	EMULATED_WRMSR,
	EMULATED_RDTSC,
	EMULATED_RDPMC,
	EMULATED_LGDT,
	EMULATED_LIDT,
	EMULATED_LLDT,
	EMULATED_LTR,
	EMULATED_SGDT,
	EMULATED_SIDT,
	EMULATED_SLDT,
	EMULATED_STR,
	EMULATED_SMSW,
	EMULATED_LMSW,
	EMULATED_INVLPG,
	EMULATED_XSETBV,
	EMULATED_CPUID,    /* forced: UD2, "xen", CPUID */
	EMULATED_PT_STORE, /* the writable_pagetables assist */
	EMULATED_SEGMENT,  /* the 4gb_segments assist */
	EMULATED_MOV_CR,   /* and the seven after it: control register n */
	EMULATED_MOV_DR = EMULATED_MOV_CR + 8,
	NR_EMULATED_KINDS = EMULATED_MOV_DR + 8,
};

enum emulated_kind emulated_kind(const struct insn *i);

/* Where a trap came from, kept because emulation and injection change the frame. */
struct emulated_site {
	uint32_t eip;
	bool kernel; /* ring 1; what programs do is only added up */
};

static inline struct emulated_site emulated_site(const struct cpu_user_regs *regs)
{
	return (struct emulated_site){ .eip = regs->eip, .kernel = (regs->cs & 3) != 3 };
}

#ifdef RINGONE_DEBUG
/* `done`: emulated; else refused, and the guest got the processor's exception.  Any lock is free. */
void count_emulated(struct emulated_site at, enum emulated_kind kind, bool done);
/* The current domain's sums, as CPUID leaf RINGONE_EMULATED_LEAF returns them. */
struct cpuid_regs emulated_sums(const struct domain *d);
#else
static inline void count_emulated(struct emulated_site at, enum emulated_kind kind, bool done)
{
}

static inline struct cpuid_regs emulated_sums(const struct domain *d)
{
	return (struct cpuid_regs){ 0, 0, 0, 0 };
}
#endif

#endif
