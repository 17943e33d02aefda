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
 */
#ifndef PV32_PARAVIRT_TYPES_H
#define PV32_PARAVIRT_TYPES_H

#include_next <asm/paravirt_types.h>

#if defined(CONFIG_X86_32) && !defined(__ASSEMBLY__)

#define PV32_FN0(ret, op)		((ret (*)(void))(void *)(op))
#define PV32_FN1(ret, op, a)		((ret (*)(typeof(a)))(void *)(op))
#define PV32_FN2(ret, op, a, b)		((ret (*)(typeof(a), typeof(b)))(void *)(op))
#define PV32_FN3(ret, op, a, b, c)	((ret (*)(typeof(a), typeof(b), typeof(c)))(void *)(op))
#define PV32_FN4(ret, op, a, b, c, d) \
	((ret (*)(typeof(a), typeof(b), typeof(c), typeof(d)))(void *)(op))

#undef PVOP_CALL0
#undef PVOP_CALL1
#undef PVOP_CALL2
#undef PVOP_CALL3
#undef PVOP_CALL4
#define PVOP_CALL0(ret, op)		PV32_FN0(ret, pv_ops.op)()
#define PVOP_CALL1(ret, op, a)		PV32_FN1(ret, pv_ops.op, a)(a)
#define PVOP_CALL2(ret, op, a, b)	PV32_FN2(ret, pv_ops.op, a, b)(a, b)
#define PVOP_CALL3(ret, op, a, b, c)	PV32_FN3(ret, pv_ops.op, a, b, c)(a, b, c)
#define PVOP_CALL4(ret, op, a, b, c, d)	PV32_FN4(ret, pv_ops.op, a, b, c, d)(a, b, c, d)

#undef PVOP_VCALL0
#undef PVOP_VCALL1
#undef PVOP_VCALL2
#undef PVOP_VCALL3
#undef PVOP_VCALL4
#define PVOP_VCALL0(op)			PVOP_CALL0(void, op)
#define PVOP_VCALL1(op, a)		PVOP_CALL1(void, op, a)
#define PVOP_VCALL2(op, a, b)		PVOP_CALL2(void, op, a, b)
#define PVOP_VCALL3(op, a, b, c)	PVOP_CALL3(void, op, a, b, c)
#define PVOP_VCALL4(op, a, b, c, d)	PVOP_CALL4(void, op, a, b, c, d)

#undef PVOP_CALLEE0
#undef PVOP_CALLEE1
#undef PVOP_CALLEE2
#undef PVOP_VCALLEE0
#undef PVOP_VCALLEE1
#undef PVOP_VCALLEE2
#define PVOP_CALLEE0(ret, op)		PVOP_CALL0(ret, op.func)
#define PVOP_CALLEE1(ret, op, a)	PVOP_CALL1(ret, op.func, a)
#define PVOP_CALLEE2(ret, op, a, b)	PVOP_CALL2(ret, op.func, a, b)
#define PVOP_VCALLEE0(op)		PVOP_CALL0(void, op.func)
#define PVOP_VCALLEE1(op, a)		PVOP_CALL1(void, op.func, a)
#define PVOP_VCALLEE2(op, a, b)		PVOP_CALL2(void, op.func, a, b)

/* The native instruction of an alternative is written for x86-64: always make the call. */
#undef PVOP_ALT_CALL0
#undef PVOP_ALT_VCALL0
#undef PVOP_ALT_VCALL1
#undef PVOP_ALT_CALLEE0
#undef PVOP_ALT_CALLEE1
#undef PVOP_ALT_VCALLEE0
#undef PVOP_ALT_VCALLEE1
#define PVOP_ALT_CALL0(ret, op, alt, cond)	PVOP_CALL0(ret, op)
#define PVOP_ALT_VCALL0(op, alt, cond)		PVOP_VCALL0(op)
#define PVOP_ALT_VCALL1(op, a, alt, cond)	PVOP_VCALL1(op, a)
#define PVOP_ALT_CALLEE0(ret, op, alt, cond)	PVOP_CALLEE0(ret, op)
#define PVOP_ALT_CALLEE1(ret, op, a, alt, cond)	PVOP_CALLEE1(ret, op, a)
#define PVOP_ALT_VCALLEE0(op, alt, cond)	PVOP_VCALLEE0(op)
#define PVOP_ALT_VCALLEE1(op, a, alt, cond)	PVOP_VCALLEE1(op, a)

struct pt_regs;
unsigned long xen_fault_address(struct pt_regs *regs);

#endif /* CONFIG_X86_32 && !__ASSEMBLY__ */
#endif
