/* SPDX-License-Identifier: MIT */
/*
 * The virtual processor: what a guest registers of it, what hardware holds of
 * it while it runs, and how its kernel is entered.
 */
#ifndef RINGONE_CPU_H
#define RINGONE_CPU_H

#include "abi.h"
#include "percpu.h"
#include "regs.h"
#include "types.h"
#include "x86.h"

struct domain;
struct vcpu;

/* The interface lets an iret hypercall say "this ends the NMI handler". */
#define EFLAGS_NMI 0x80000000U

/* ---- cpu/bounce.c: deliver a trap to the current VCPU's kernel ---- */

void inject_trap(uint32_t vector, uint32_t error_code); /* error_code ignored where there is none */
void inject_page_fault(uint32_t cr2, uint32_t error_code);
void inject_event_upcall(struct vcpu *v); /* mask events, enter event callback */
void inject_failsafe(void);
/* One of the callbacks, from the context in cpu->regs; masks: set the upcall mask too. */
void inject_callback(uint32_t cs, uint32_t eip, bool masks);
bool inject_soft_trap(struct cpu_user_regs *regs); /* #GP; false: it is no INT n */
void quick_upcall(struct cpu_user_regs *regs);     /* at the end of a hypercall (entry.S) */

/* ---- cpu/switch.c: everything of a VCPU but memory ---- */

void vcpu_save_cpu_state(struct vcpu *v);
void vcpu_load_cpu_state(struct vcpu *v);

/*
 * The state a VCPU is given by hypercalls, or at once by VCPUOP_initialise
 * (cpu/callback.c, iret.c, debugreg.c): each checks its argument and returns 0
 * or a negative error.  sanitize_guest_regs fixes what may be fixed.
 */
int set_trap(struct vcpu *v, const struct trap_info *ti);
int set_vcpu_callback(struct vcpu *v, uint32_t type, uint32_t cs, uint32_t eip, bool masks);
void sanitize_guest_regs(struct cpu_user_regs *regs);
uint32_t fix_stack_selector(uint32_t sel); /* raise RPL 0 to 1 */
uint32_t guest_eflags(uint32_t eflags);    /* as a guest may have them */

/* ---- cpu/iret.c ---- */

uint32_t iret_hypercall(struct cpu_user_regs *regs);

/* ---- cpu/iopl.c: the I/O privilege level is virtual; hardware's is always 0 ---- */

void set_virtual_iopl(struct vcpu *v, uint32_t level); /* 0..3 */
void virtual_iopl_assist(struct domain *d);
bool iopl_allows(const struct vcpu *v, const struct cpu_user_regs *regs);

/* ---- cpu/debugreg.c ---- */

int set_debugreg(struct vcpu *v, uint32_t nr, uint32_t value);
bool read_guest_dr(const struct vcpu *v, uint32_t nr, uint32_t *value);
void trap_debug(struct cpu_user_regs *regs);
void io_breakpoint(const struct cpu_user_regs *regs, uint32_t port, uint32_t bytes);
void drop_debug_status(void);
void inject_single_step(void); /* behind an instruction that was emulated under EFLAGS.TF */

/* ---- cpu/fpu.c, and the control registers that go with it ---- */

void fpu_init_cpu(void);
void fpu_set_image(struct vcpu *v, const void *fxsave512); /* a 512-byte FXSAVE image */
void set_guest_ts(struct vcpu *v, bool ts);
/* The XSAVE area of who does not run: its size (0: no XSAVE) and components; one from outside. */
uint32_t fpu_xstate_size(void);
uint32_t fpu_xstate_components(void);
bool fpu_set_xstate(struct vcpu *v, uint64_t xcr0, const void *area); /* a page; false: refused */
bool fpu_has_xsave(void); /* here and in the processor, so a guest may set CR4.OSXSAVE */
uint32_t read_guest_cr4(const struct vcpu *v);
bool write_guest_cr4(struct vcpu *v, uint32_t value);
void set_vcpu_cr4(struct vcpu *v, uint32_t value); /* of who does not run, from a context */
bool write_guest_xcr0(struct vcpu *v, uint64_t value);

/* ---- cpu/segment.c: guest code and data through its segments ---- */

/* The descriptor of a selector in the current VCPU's window, or NULL; mm_lock is not held. */
const uint64_t *guest_descriptor(struct vcpu *v, uint32_t sel);
bool read_guest_segment(struct vcpu *v, uint32_t sel, uint32_t *base, uint32_t *limit,
			uint32_t *ar);
/* Copy code at CS:eip, all of it or nothing. */
bool read_guest_code(const struct cpu_user_regs *regs, uint32_t eip, void *buf, uint32_t bytes);

/*
 * The two words of a flat, writable data segment of a guest, as it is after
 * truncation (gate/tables.c), without what does not matter here.
 */
extern uint32_t flat_data_low, flat_data_high;
#define FLAT_HIGH_IGNORED (3U << 13 | 1U << 20) /* DPL, AVL */

/*
 * Whether a selector is flat is found out once.  A VCPU remembers one of each
 * kind that is: the stack and the code of its kernel and the code of programs,
 * as they were last seen to run; 0, which none can be, means none.  So the
 * short ways ask one question whatever numbers a kernel gives its segments.
 * Who changes a descriptor table in use makes it forget.
 */
void learn_flat_code(struct vcpu *v, uint32_t sel);
void forget_flat(struct vcpu *v);

/* May `old`, which is replaced in a descriptor table, be remembered as flat? */
static inline bool perhaps_flat(uint64_t old)
{
	return (uint32_t)old == flat_data_low;
}

/* ---- cpu/sysenter.c ---- */

void sysenter_init_cpu(struct cpu *c, const void *entry); /* the MSRs of SYSENTER */
void sysenter_trap(struct cpu_user_regs *regs);
bool syscall_trap(struct cpu_user_regs *regs); /* from #UD; false: it was another instruction */

#endif
