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
 * The types of the arguments as written at the call decide how they are passed. They have the
 * width of the parameter in every operation, which is what regparm cares about.
 *
 * relies: arch/x86/include/asm/paravirt_types.h has /PVOP_CALL2\(rettype, (array, )?op, arg1, arg2\)/
 * relies: arch/x86/include/asm/paravirt_types.h lacks /^#define PVOP_CALL5\(/
 */
#ifndef PV32_PARAVIRT_TYPES_H
#define PV32_PARAVIRT_TYPES_H

#include <uapi/asm/processor-flags.h>
#include_next <asm/paravirt_types.h>

/* What follows defines macros of that header anew, on purpose. */
#pragma GCC system_header

#if defined(CONFIG_X86_32) && !defined(__ASSEMBLY__)

/*
 * Newer trees name the table of operations in every call, older ones have only pv_ops. PV32_OP()
 * makes one list of the two: table, operation, and what follows.
 */
#if __has_include(<asm/paravirt-base.h>)
#define PV32_OP(...)		__VA_ARGS__
#else
#define PV32_OP(...)		pv_ops, __VA_ARGS__
#endif
#define PV32_CALL(n, ...)	PV32_CALL##n(__VA_ARGS__)

#define PV32_CALL0(ret, f, t, op)	((ret (*)(void))(void *)(t.op f))()
#define PV32_CALL1(ret, f, t, op, a)	((ret (*)(typeof(a)))(void *)(t.op f))(a)
#define PV32_CALL2(ret, f, t, op, a, b) \
	((ret (*)(typeof(a), typeof(b)))(void *)(t.op f))(a, b)
#define PV32_CALL3(ret, f, t, op, a, b, c) \
	((ret (*)(typeof(a), typeof(b), typeof(c)))(void *)(t.op f))(a, b, c)
#define PV32_CALL4(ret, f, t, op, a, b, c, d) \
	((ret (*)(typeof(a), typeof(b), typeof(c), typeof(d)))(void *)(t.op f))(a, b, c, d)

#define PVOP_CALL0(ret, ...)	PV32_CALL(0, ret, , PV32_OP(__VA_ARGS__))
#define PVOP_CALL1(ret, ...)	PV32_CALL(1, ret, , PV32_OP(__VA_ARGS__))
#define PVOP_CALL2(ret, ...)	PV32_CALL(2, ret, , PV32_OP(__VA_ARGS__))
#define PVOP_CALL3(ret, ...)	PV32_CALL(3, ret, , PV32_OP(__VA_ARGS__))
#define PVOP_CALL4(ret, ...)	PV32_CALL(4, ret, , PV32_OP(__VA_ARGS__))

#define PVOP_VCALL0(...)	PVOP_CALL0(void, __VA_ARGS__)
#define PVOP_VCALL1(...)	PVOP_CALL1(void, __VA_ARGS__)
#define PVOP_VCALL2(...)	PVOP_CALL2(void, __VA_ARGS__)
#define PVOP_VCALL3(...)	PVOP_CALL3(void, __VA_ARGS__)
#define PVOP_VCALL4(...)	PVOP_CALL4(void, __VA_ARGS__)

#define PVOP_CALLEE0(ret, ...)	PV32_CALL(0, ret, .func, PV32_OP(__VA_ARGS__))
#define PVOP_CALLEE1(ret, ...)	PV32_CALL(1, ret, .func, PV32_OP(__VA_ARGS__))
#define PVOP_CALLEE2(ret, ...)	PV32_CALL(2, ret, .func, PV32_OP(__VA_ARGS__))
#define PVOP_VCALLEE0(...)	PVOP_CALLEE0(void, __VA_ARGS__)
#define PVOP_VCALLEE1(...)	PVOP_CALLEE1(void, __VA_ARGS__)
#define PVOP_VCALLEE2(...)	PVOP_CALLEE2(void, __VA_ARGS__)

/* Where the tree's header has it: what is called so need not preserve registers (67-plain-calls). */
#ifdef PV_CALLEE_SAVE
#undef PV_CALLEE_SAVE
#define PV_CALLEE_SAVE(func)	((struct paravirt_callee_save) { func })
#endif
/* The tree declares this one by the name of its detour alone. */
struct qspinlock;
void __pv_queued_spin_unlock(struct qspinlock *lock);

/* The native instruction of an alternative is written for x86-64: always make the call. */
#define PV32_ALT(n, ...)	PV32_ALT##n(__VA_ARGS__)
#define PV32_ALT0(ret, f, t, op, alt, cond)	PV32_CALL0(ret, f, t, op)
#define PV32_ALT1(ret, f, t, op, a, alt, cond)	PV32_CALL1(ret, f, t, op, a)

#define PVOP_ALT_CALL0(ret, ...)	PV32_ALT(0, ret, , PV32_OP(__VA_ARGS__))
#define PVOP_ALT_VCALL0(...)		PV32_ALT(0, void, , PV32_OP(__VA_ARGS__))
#define PVOP_ALT_VCALL1(...)		PV32_ALT(1, void, , PV32_OP(__VA_ARGS__))
#define PVOP_ALT_CALLEE0(ret, ...)	PV32_ALT(0, ret, .func, PV32_OP(__VA_ARGS__))
#define PVOP_ALT_CALLEE1(ret, ...)	PV32_ALT(1, ret, .func, PV32_OP(__VA_ARGS__))
#define PVOP_ALT_VCALLEE0(...)		PV32_ALT(0, void, .func, PV32_OP(__VA_ARGS__))
#define PVOP_ALT_VCALLEE1(...)		PV32_ALT(1, void, .func, PV32_OP(__VA_ARGS__))

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

#endif /* CONFIG_X86_32 && !__ASSEMBLY__ */
#endif
