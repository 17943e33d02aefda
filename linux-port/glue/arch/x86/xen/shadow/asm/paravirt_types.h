/* SPDX-License-Identifier: MIT */
/*
 * Shadow of <asm/paravirt_types.h>: how a paravirtual operation is called on i386.
 *
 * The tree's own macros call through inline assembly that knows where x86-64 passes arguments.
 * A 64-bit page-table entry needs two registers here, four arguments do not fit in registers,
 * and the alternatives written for x86-64 name registers that do not exist. The compiler knows
 * the calling convention better than any macro, so an operation becomes what it looks like: a
 * call through a member of pv_ops. What a callee promises to preserve is more than C asks for,
 * so "callee save" operations are plain calls too.
 *
 * The types of the arguments as written at the call decide how they are passed: the function is
 * called without a prototype, as C up to C17 allows. They have the width of the parameter in every
 * operation, which is what regparm cares about; a narrow one is promoted and stays in its register.
 *
 * relies: arch/x86/include/asm/paravirt_types.h has /\b__PVOP_CALL\(.*\bPVOP_CALL_ARG1\b/
 * relies: arch/x86/include/asm/paravirt_types.h lacks /^#define PVOP_CALL5\(/
 * relies: Makefile has /-std=gnu(11|89)\b/
 */
#ifndef PV32_PARAVIRT_TYPES_H
#define PV32_PARAVIRT_TYPES_H

#include <uapi/asm/processor-flags.h>
#include_next <asm/paravirt_types.h>

/* What follows defines macros of that header anew, on purpose. */
#pragma GCC system_header

#if defined(CONFIG_X86_32) && !defined(__ASSEMBLY__)

/* Newer trees name the table of operations in every call, the oldest two instructions around it. */
#if __has_include(<asm/paravirt-base.h>)
#define PV32_OP(...)		__VA_ARGS__
#elif defined(PVOP_ALT_CALL0)
#define PV32_OP(...)		pv_ops, __VA_ARGS__
#else
#define PV32_OP(op, pre, post, ...)	pv_ops, op, ##__VA_ARGS__
#define PVOP_VCALL4(op, ...)	((void)PV32_CALL(, pv_ops, op, __VA_ARGS__))
#endif

/* Returns what is wide enough for all; of anything less the rest has no meaning. */
typedef unsigned long long pv32_op();
#define PV32_RET(ret, call)	({ union { unsigned long long all; ret it; } r_ = { call }; r_.it; })
#define PV32_CALL(...)		PV32_CALL_OF(__VA_ARGS__)
#define PV32_CALL_OF(f, table, op, ...)	((pv32_op *)(void *)(table.op f))(__VA_ARGS__)
/* The native instruction of an alternative is written for x86-64: always make the call. */
#define PV32_ALT(...)		PV32_ALT_OF(__VA_ARGS__)
#define PV32_ALT_OF(f, table, op, alt, cond, ...)	PV32_CALL_OF(f, table, op, ##__VA_ARGS__)

#define PVOP_CALL_ARG1(x)	x
#define PVOP_CALL_ARG2(x)	x
#define PVOP_CALL_ARG3(x)	x
#define PVOP_CALL_ARG4(x)	x

#define __PVOP_CALL(ret, ...)		PV32_RET(ret, PV32_CALL(, PV32_OP(__VA_ARGS__)))
#define __PVOP_VCALL(...)		((void)PV32_CALL(, PV32_OP(__VA_ARGS__)))
#define __PVOP_CALLEESAVE(ret, ...)	PV32_RET(ret, PV32_CALL(.func, PV32_OP(__VA_ARGS__)))
#define __PVOP_VCALLEESAVE(...)		((void)PV32_CALL(.func, PV32_OP(__VA_ARGS__)))
#define __PVOP_ALT_CALL(ret, ...)	PV32_RET(ret, PV32_ALT(, PV32_OP(__VA_ARGS__)))
#define __PVOP_ALT_VCALL(...)		((void)PV32_ALT(, PV32_OP(__VA_ARGS__)))
#define __PVOP_ALT_CALLEESAVE(ret, ...)	PV32_RET(ret, PV32_ALT(.func, PV32_OP(__VA_ARGS__)))
#define __PVOP_ALT_VCALLEESAVE(...)	((void)PV32_ALT(.func, PV32_OP(__VA_ARGS__)))

/* The tree declares this one by the name of its detour alone (67-plain-calls). */
struct qspinlock;
void __pv_queued_spin_unlock(struct qspinlock *lock);

/* The names of today for beginning and ending a batch of page-table stores. */
#ifndef CONFIG_ARCH_HAS_LAZY_MMU_MODE
#define lazy_mmu_mode_enable()	arch_enter_lazy_mmu_mode()
#define lazy_mmu_mode_disable()	arch_leave_lazy_mmu_mode()
#endif

/*
 * The interrupt flag of a guest is a byte in memory, in the opposite sense, the second of this processor's
 * xen_vcpu_info. The first says what came in while it was set, and is delivered on the way back from any
 * hypercall.
 */
#ifdef CONFIG_SMP
#define PV32_VCPU	"%%fs:xen_vcpu_info"
#else
#define PV32_VCPU	"xen_vcpu_info"
#endif
void xen_force_evtchn_callback(void);

static __always_inline unsigned long pv32_save_flags(void)
{
	unsigned long mask;

	asm volatile("movzbl " PV32_VCPU "+1, %0" : "=r"(mask) : : "memory");
	return (mask ^ 1) << X86_EFLAGS_IF_BIT;
}

static __always_inline void pv32_irq_disable(void)
{
	asm volatile("movb $1, " PV32_VCPU "+1" : : : "memory");
}

static __always_inline void pv32_irq_enable(void)
{
	asm goto("movb $0, " PV32_VCPU "+1\n\tcmpb $0, " PV32_VCPU "\n\tjne %l0"
		 : : : "memory", "cc" : pending);
	return;
pending:
	xen_force_evtchn_callback();
}

/* An operation until 5.11. */
#define pv32_irq_restore(flags)	((flags) & X86_EFLAGS_IF ? pv32_irq_enable() : pv32_irq_disable())

struct pt_regs;
struct mm_struct;
pte_t pv32_get_and_clear(struct mm_struct *mm, pte_t *ptep);
void pv32_wrprotect(struct mm_struct *mm, pte_t *ptep);
unsigned long pv32_cr2(struct pt_regs *regs);
/* All processes have the kernel's page directory itself. */
extern bool pv32_shared_top;

/*
 * Memory whose frames lie one behind the other: @nr of them, from @pfn and @mfn on, so that an entry of one
 * view is @apart from that of the other. Nothing of it any more (@nr is 0) once a frame of it has changed.
 */
extern struct pv32_row { unsigned long pfn, mfn, nr; pteval_t apart; } pv32_row;

#endif /* CONFIG_X86_32 && !__ASSEMBLY__ */
#endif
