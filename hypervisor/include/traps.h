/* SPDX-License-Identifier: MIT */
/*
 * Ways into and out of ring 0.
 *
 * Interrupts.  All gates are interrupt gates and the hypervisor runs with
 * interrupts off from entry to exit.  Interrupt handlers note work in
 * cpu->softirq and return; the work is done on the way out to a guest, in the
 * idle loop, or when a long operation opens interrupt_window() to ask
 * preempt_needed().  So no handler ever meets half-changed state; only NMI and
 * #MC come at any instruction, and they touch nothing but their own flags.
 */
#ifndef RINGONE_TRAPS_H
#define RINGONE_TRAPS_H

#include "x86.h"
#ifndef __ASSEMBLY__
#include "abi.h"
#include "percpu.h"
#include "types.h"

struct domain;
struct vcpu;
#endif

/* Ring-0 selectors: in the reserved page behind the guest's 14 (XEN: 0xE000 up). */
#define HV_CS      0xE008
#define HV_DS      0xE010
#define TSS_SEL    0xE040
#define LDT_SEL    0xE048
#define DF_TSS_SEL 0xE050

#ifndef __ASSEMBLY__

static inline bool guest_mode(const struct cpu_user_regs *regs)
{
	return (regs->cs & 3) != 0;
}

static inline bool guest_kernel_mode(const struct cpu_user_regs *regs)
{
	return (regs->cs & 3) == 1;
}

void cpu_tables_init(struct cpu *c); /* GDT page, IDT, TSS, #DF task */
void set_int_handler(uint8_t vector, void (*fn)(struct cpu_user_regs *regs)); /* 0x20..0xff: IRQs */

/* Deliver a trap to the current VCPU's kernel (cpu/bounce.c). */
void inject_trap(uint32_t vector, uint32_t error_code); /* error_code ignored where there is none */
void inject_page_fault(uint32_t cr2, uint32_t error_code);
void inject_single_step(void); /* behind an instruction that was emulated under EFLAGS.TF */
void inject_event_upcall(struct vcpu *v); /* mask events, enter event callback */
void inject_failsafe(void);

/* Load/unload everything of a VCPU but memory: GDT, LDT, TSS stack, IDT gate, FPU, debug. */
void vcpu_save_cpu_state(struct vcpu *v);
void vcpu_load_cpu_state(struct vcpu *v);
void fpu_init_cpu(void);
int fpu_init_vcpu(struct vcpu *v);
void load_gdt_window(struct vcpu *v); /* its page tables are loaded */
void ldt_unmap_all(struct vcpu *v);   /* mm_lock held */

/* Resume the guest in this_cpu()->regs: run softirqs, deliver events, iret.  Never returns. */
void __noreturn resume_guest(void);
/* The C half of that: called by entry.S before each return to a guest with work to do. */
void exit_to_guest_work(struct cpu_user_regs *regs);

/* Descriptors (cpu/descriptor.c): truncate to the guest limit or refuse. */
bool descriptor_fixup(const struct domain *d, uint64_t *desc);
bool code_selector_ok(uint32_t sel);      /* RPL != 0 and not null, for callbacks and traps */
uint32_t fix_code_selector(uint32_t sel); /* raise RPL 0 to 1 */
uint32_t fix_stack_selector(uint32_t sel);

/*
 * The state a VCPU is given by hypercalls, or at once by VCPUOP_initialise
 * (cpu/callback.c, gdt.c, iret.c): each checks its argument and returns 0 or
 * a negative error.  sanitize_guest_regs fixes what may be fixed.
 */
int set_trap(struct vcpu *v, const struct trap_info *ti);
int set_vcpu_callback(struct vcpu *v, uint32_t type, uint32_t cs, uint32_t eip, bool masks);
int set_gdt(struct vcpu *v, const uint32_t *frames, uint32_t entries); /* takes mm_lock */
int set_ldt(struct vcpu *v, uint32_t base, uint32_t entries);          /* takes mm_lock */
void sanitize_guest_regs(struct cpu_user_regs *regs);
int set_debugreg(struct vcpu *v, uint32_t nr, uint32_t value);
void set_virtual_iopl(struct vcpu *v, uint32_t level); /* 0..3 (cpu/iopl.c) */
void virtual_iopl_assist(struct domain *d);
void fpu_set_image(struct vcpu *v, const void *fxsave512); /* a 512-byte FXSAVE image */

/* Emulation of what a ring-1 kernel still executes; true when done (EIP advanced). */
bool emulate_privileged(struct cpu_user_regs *regs);
bool emulate_forced_cpuid(struct cpu_user_regs *regs);
bool emulate_4gb_segment(struct cpu_user_regs *regs, uint32_t vector, uint32_t error_code);
struct cpuid_regs guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf);

/* Decoding and accessing guest code and data through its segments (cpu/decode.c, cpu/segment.c). */
bool read_guest_segment(struct vcpu *v, uint32_t sel, uint32_t *base, uint32_t *limit,
			uint32_t *ar);

void note_seen_nmi(void); /* an NMI that interrupted ring 0: tell who listens (cpu/nmi.c) */

/* Recoverable faults in ring 0 (extable.S macros): returns the fix-up address or 0. */
uint32_t search_extable(uint32_t eip);
#endif

#endif
