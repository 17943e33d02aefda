/* SPDX-License-Identifier: MIT */
/* What the files at the gate share, entry.S among them. */
#ifndef RINGONE_GATE_INTERNAL_H
#define RINGONE_GATE_INTERNAL_H

#include "cpu/cpu.h"
#include "domain/domain.h"
#include "gate.h"

/* entry.S */
void hypercall_entry(void);
void double_fault_entry(void);
void sysenter_entry(void);

/* traps.c */
void trap_handlers_init(void);
void ring0_trap(struct cpu_user_regs *regs);
void __noreturn vm86_trap(struct cpu_user_regs *frame);
/* Recoverable faults in ring 0: returns the fix-up address or 0. */
uint32_t search_extable(uint32_t eip);

/* exit.c: called by entry.S before each return to a guest with work to do. */
void exit_to_guest_work(struct cpu_user_regs *regs);

/* nmi.c */
void trap_nmi(struct cpu_user_regs *regs);
void nmi_in_ring0(struct cpu_user_regs *regs);
void machine_check(struct cpu_user_regs *regs);
void note_seen_nmi(void); /* an NMI that interrupted ring 0: tell who listens */
void deliver_pending_nmi(struct vcpu *v);
void double_fault(void);

/* ---- table.c: made from hypercalls.def ---- */

typedef int32_t (*hypercall_fn)(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
				uint32_t a6);
/* Complete: a number without a handler has one that returns -XEN_ENOSYS. */
extern const hypercall_fn hypercall_table[];

/* The way to it from ring 1: stubs of entry.S, which go there with the guest's registers. */
typedef void (*hypercall_stub)(void);
extern const hypercall_stub hypercall_entries[];
void hypercall_known(void), hypercall_iret(void), hypercall_unknown(void);

#endif
