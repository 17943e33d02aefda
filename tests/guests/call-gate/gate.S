/* SPDX-License-Identifier: MIT */
/*
 * Where the gates lead: both note what lies on the stack, from EIP on, and go back as a far call
 * expects it. With DS of the caller; the kernel's own is loaded meanwhile.
 */
#define __ASSEMBLY__
#include <ringone/xen.h>

	.text
note_frame:
	pushl	%ds
	movl	$FLAT_KERNEL_DS, %ecx
	movl	%ecx, %ds
	movw	%cs, gate_cs
	movw	%ss, gate_ss
	leal	8(%esp), %edx		/* DS and our own return address lie below */
	movl	%edx, gate_esp
	xorl	%ecx, %ecx
1:	movl	%ss:(%edx,%ecx,4), %ebx
	movl	%ebx, gate_frame(,%ecx,4)
	incl	%ecx
	cmpl	$6, %ecx
	jne	1b
	popl	%ds
	movl	$0x600d, %eax
	ret

	.globl	gate_plain
gate_plain:
	call	note_frame
	lretl

	.globl	gate_two
gate_two:
	call	note_frame
	lretl	$8

	.section .note.GNU-stack, "", @progbits
