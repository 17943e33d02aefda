/* SPDX-License-Identifier: MIT */
/*
 * Ways into ring 0: our own selectors, whose frame one has, and who takes which vector.
 *
 * Interrupts.  All gates are interrupt gates and the hypervisor runs with
 * interrupts off from entry to exit.  Interrupt handlers note work in
 * cpu->softirq and return; the work is done on the way out to a guest, in the
 * idle loop, or when a long operation opens interrupt_window() to ask
 * preempt_needed().  So no handler ever meets half-changed state; only NMI and
 * #MC come at any instruction, and they touch nothing but their own flags.
 */
#ifndef RINGONE_REGS_H
#define RINGONE_REGS_H

/* Ring-0 selectors: in the reserved page behind the guest's 14 (XEN: 0xE000 up). */
#define HV_CS      0xE008
#define HV_DS      0xE010
#define TSS_SEL    0xE040
#define LDT_SEL    0xE048
#define DF_TSS_SEL 0xE050

/* What a guest may have in EFLAGS: never IOPL, VM; IF is always on in hardware. */
#define EFLAGS_GUEST (0x00000dd5 | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID)
/* What the processor clears when it enters a handler, and AC as Xen's ABI has it. */
#define ENTRY_CLEARS (EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_AC)

/* Error codes that name a selector or a vector. */
#define ERROR_EXT 1
#define ERROR_IDT 2

/* trap_info.flags */
#define TI_DPL       0x3
#define TI_MASKS     0x4 /* the handler is entered with events masked */
#define TI_CR2_FRAME 0x8 /* an addition of ours: docs/abi.md */

#ifndef __ASSEMBLY__
#include "abi.h"
#include "types.h"

static inline bool guest_mode(const struct cpu_user_regs *regs)
{
	return (regs->cs & 3) != 0;
}

static inline bool guest_kernel_mode(const struct cpu_user_regs *regs)
{
	return (regs->cs & 3) == 1;
}

typedef void (*trap_handler)(struct cpu_user_regs *regs);
extern trap_handler trap_handlers[256];                /* gate/entry.S calls through it */
void set_int_handler(uint8_t vector, trap_handler fn); /* 0x20..0xff: interrupts */
#endif

#endif
