/* SPDX-License-Identifier: MIT */
/* What the files of this room share among themselves. */
#ifndef RINGONE_CPU_INTERNAL_H
#define RINGONE_CPU_INTERNAL_H

#include "domain.h"
#include "traps.h"
#include "types.h"

/* Error codes that name a selector or a vector. */
#define ERROR_EXT 1U
#define ERROR_IDT 2U

/* The interface lets an iret hypercall say "this ends the NMI handler". */
#define EFLAGS_NMI 0x80000000U
/* What a guest may have in EFLAGS: never IOPL, VM; IF is always on in hardware. */
#define EFLAGS_GUEST (0x00000dd5U | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID)

typedef void (*trap_handler)(struct cpu_user_regs *regs);
extern trap_handler trap_handlers[256];
void trap_handlers_init(void);
void ring0_trap(struct cpu_user_regs *regs);
void __noreturn vm86_trap(struct cpu_user_regs *frame);
void hypercall_entry(void);
void double_fault_entry(void);
void sysenter_entry(void);

/* iret.c */
uint32_t iret_hypercall(struct cpu_user_regs *regs);
uint32_t guest_eflags(uint32_t eflags);

/* callback.c: vector 0x80 of v leads straight to ring 1, or through us. */
void update_direct_gate(struct vcpu *v);

/* bounce.c: the short ways of entry.S */
void soft_trap(struct cpu_user_regs *regs);
void user_page_fault(struct cpu_user_regs *regs);
void quick_upcall(struct cpu_user_regs *regs);
/* One of the callbacks, from the context in cpu->regs; masks: set the upcall mask too. */
void inject_callback(uint32_t cs, uint32_t eip, bool masks);

/* segment.c */
bool read_guest_code(const struct cpu_user_regs *regs, uint32_t eip, void *buf, uint32_t bytes);
/* Linear address of [esp, esp + bytes) in stack segment `sel` of the current VCPU. */
bool guest_stack_linear(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes,
			uint32_t *linear);
const uint64_t *guest_descriptor(struct vcpu *v, uint32_t sel);

/* debugreg.c */
void trap_debug(struct cpu_user_regs *regs);
void drop_debug_status(void);
void debugreg_load(struct vcpu *v);
void debugreg_unload(struct vcpu *v);
bool read_guest_dr(const struct vcpu *v, uint32_t nr, uint32_t *value);
void io_breakpoint(const struct cpu_user_regs *regs, uint32_t port, uint32_t bytes);

/* fpu.c */
void fpu_load(struct vcpu *v);
void fpu_save(struct vcpu *v);
void set_guest_ts(struct vcpu *v, bool ts);
uint32_t hardware_cr4(const struct vcpu *v);
uint32_t read_guest_cr4(const struct vcpu *v);
bool write_guest_cr4(struct vcpu *v, uint32_t value);
bool write_guest_xcr0(struct vcpu *v, uint64_t value);

/* nmi.c */
void trap_nmi(struct cpu_user_regs *regs);
void nmi_in_ring0(struct cpu_user_regs *regs);
void machine_check(struct cpu_user_regs *regs);
void deliver_pending_nmi(struct vcpu *v);
void nmi_handled(struct vcpu *v);
void double_fault(void);

/* sysenter.c */
void sysenter_trap(struct cpu_user_regs *regs);
bool syscall_trap(struct cpu_user_regs *regs); /* from #UD; false: it was another instruction */

/* cpuid.c, msr.c, portio.c, store_tables.c: for emulate.c */
bool read_guest_msr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool write_guest_msr(struct vcpu *v, uint32_t msr, uint64_t value);
struct insn;
bool emulate_port_io(struct cpu_user_regs *regs, const struct insn *insn);
bool emulate_store_tables(struct cpu_user_regs *regs, const struct insn *insn);
bool iopl_allows(const struct vcpu *v, const struct cpu_user_regs *regs);

#endif
