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

/* On to the guest's own flat segments: entries 12 and 13 of its GDT (main.c). */
	.globl	bench_own_segments
bench_own_segments:
	movl	$0x69, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	popl	%eax
	pushl	$0x61
	pushl	%eax
	lret

/*
 * void bench_fill_calls(multicall_entry_t *m): eight entries of xen_version(XENVER_version), every
 * byte written: 272 instructions, as the table's other columns have it, beside the call's own.
 */
	.globl	bench_fill_calls
bench_fill_calls:
	movl	4(%esp), %edx
	movl	$8, %ecx
1:	movw	$__HYPERVISOR_xen_version, (%edx)
	.set	byte, 2
	.rept	30
	movb	$0, byte(%edx)
	.set	byte, byte + 1
	.endr
	addl	$32, %edx
	decl	%ecx
	jnz	1b
	ret

/*
 * uint32_t bench_iret_same(uint32_t n): the cheapest of n times through the iret hypercall into
 * ring 1; bench_iret_none() without.
 */
.macro CHEAPEST name, body:vararg
	.globl	\name
\name:
	pushl	%edi
	pushl	%esi
	movl	12(%esp), %ecx
	movl	$-1, %esi
1:	rdtsc
	movl	%eax, %edi
	\body
	rdtsc
	subl	%edi, %eax
	cmpl	%esi, %eax
	jae	2f
	movl	%eax, %esi
2:	decl	%ecx
	jnz	1b
	movl	%esi, %eax
	popl	%esi
	popl	%edi
	ret
.endm
.macro SAME_RING_IRET
	pushfl
	pushl	%cs
	pushl	$3f
	RINGONE_IRET
3:
.endm
	CHEAPEST bench_iret_none
	CHEAPEST bench_iret_same, SAME_RING_IRET

	.section .rodata
/* Ring 3: ECX rounds; ESI is the cheapest at the end. */
.macro LOOP name, body:vararg
	.globl	\name\()_start, \name\()_end
\name\()_start:
	movl	$-1, %esi
1:	rdtsc
	movl	%eax, %edi
	\body
	rdtsc
	subl	%edi, %eax
	cmpl	%esi, %eax
	jae	2f
	movl	%eax, %esi
2:	decl	%ecx
	jnz	1b
	int	$0x60
\name\()_end:
.endm

	LOOP	user_empty
	LOOP	user_pf, movl (%ebx), %eax
	LOOP	user_int80, int $0x80
	LOOP	user_soft, int $0x42

	.section .note.GNU-stack, "", @progbits
