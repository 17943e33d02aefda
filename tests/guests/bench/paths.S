/* SPDX-License-Identifier: MIT */
/*
 * The shortest handlers that come back from ring 3, so that a row counts the path through the
 * hypervisor and little else; and the ring-3 loops that go there.
 */
#define __ASSEMBLY__
#include <ringone/xen.h>
#include <ringone/entry.h>

	.text
/* Page faults: step over the two-byte load that faulted. */
	.globl	bench_pf_native, bench_pf_native_cr2, bench_pf_iret, bench_pf_iret_cr2
bench_pf_native_cr2:
	addl	$4, %esp
bench_pf_native:
	addl	$2, 4(%esp)
	addl	$4, %esp
	iretl

bench_pf_iret_cr2:
	addl	$4, %esp
bench_pf_iret:
	addl	$2, 4(%esp)
	addl	$4, %esp
	RINGONE_IRET

/* Software traps: straight back. */
	.globl	bench_soft_native, bench_soft_iret
bench_soft_native:
	iretl
bench_soft_iret:
	RINGONE_IRET

/* An upcall that takes its one port (bench_port) and goes back. */
	.globl	bench_upcall
bench_upcall:
	pushl	%eax
	pushl	%edx
	movl	vcpu, %eax
	movb	$0, 0(%eax)
	movl	$0, 4(%eax)
	movl	bench_port, %edx
	movl	shared_info, %eax
	lock btrl %edx, 2048(%eax)
	incl	bench_upcalls
	popl	%edx
	popl	%eax
	RINGONE_IRET

/* uint32_t bench_iret_same(uint32_t n): n times through the iret hypercall into ring 1. */
	.globl	bench_iret_same
bench_iret_same:
	movl	4(%esp), %ecx
	rdtsc
	pushl	%eax
1:	pushfl
	pushl	$FLAT_KERNEL_CS
	pushl	$2f
	RINGONE_IRET
2:	decl	%ecx
	jnz	1b
	rdtsc
	popl	%edx
	subl	%edx, %eax
	ret

	.section .rodata
/* Ring 3: ECX rounds; EDI the count at the start, EAX the count at the end. */
.macro LOOP name, body:vararg
	.globl	\name\()_start, \name\()_end
\name\()_start:
	rdtsc
	movl	%eax, %edi
1:	\body
	decl	%ecx
	jnz	1b
	rdtsc
	int	$0x60
\name\()_end:
.endm

	LOOP	user_empty
	LOOP	user_pf, movl (%ebx), %eax
	LOOP	user_int80, int $0x80
	LOOP	user_soft, int $0x42

	.section .note.GNU-stack, "", @progbits
