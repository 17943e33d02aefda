/* SPDX-License-Identifier: MIT */
/*
 * Trap entries of the test guests: one stub per vector, one way into C, and the two jumps that
 * make probe() and ring-3 runs possible.
 */
#define __ASSEMBLY__
#include <ringone/xen.h>
#include <ringone/entry.h>

	.text

/* guest_stub_N for every exception; those that push an error code are 8, 10-14 and 17. */
.macro STUB vector
guest_stub_\vector:
.if \vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17
	RINGONE_TRAP_ERROR \vector, trap_common
.else
	RINGONE_TRAP_PLAIN \vector, trap_common
.endif
.endm

.altmacro
.macro STUBS from, to
	STUB %\from
.if \to - \from
	STUBS %(\from + 1), \to
.endif
.endm
	STUBS 0, 19
.noaltmacro

	.globl	guest_stub_pf_cr2
guest_stub_pf_cr2:
	RINGONE_TRAP_CR2 14, trap_common

/* Software vectors 0x80 to 0x87: tests use them freely. */
.macro SOFT vector
	RINGONE_TRAP_PLAIN \vector, trap_common
	.balign	16
.endm
	.balign	16
	.globl	guest_stub_soft
guest_stub_soft:
	SOFT 0x80
	SOFT 0x81
	SOFT 0x82
	SOFT 0x83
	SOFT 0x84
	SOFT 0x85
	SOFT 0x86
	SOFT 0x87

	.globl	guest_stub_exit
guest_stub_exit:
	RINGONE_TRAP_PLAIN 0x60, trap_common

trap_common:
	RINGONE_SAVE FLAT_KERNEL_DS
	pushl	%esp
	call	guest_trap
	addl	$4, %esp
	RINGONE_RESTORE
	RINGONE_IRET

	.globl	guest_upcall
guest_upcall:
	pushl	$0
	pushl	$0
	pushl	$0x100
	RINGONE_SAVE FLAT_KERNEL_DS
	pushl	%esp
	call	guest_event
	addl	$4, %esp
	RINGONE_RESTORE
	RINGONE_IRET

/* The frame of the failsafe callback goes to C as it is; C does not return. */
	.globl	guest_failsafe
guest_failsafe:
	cld
	movl	%esp, %edx
	movl	$FLAT_KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	pushl	%edx
	call	guest_failsafe_c
	ud2

	.section .rodata
	.globl	guest_stubs
guest_stubs:
.altmacro
.macro ADDRESS vector
	.long	guest_stub_\vector
.endm
.macro ADDRESSES from, to
	ADDRESS %\from
.if \to - \from
	ADDRESSES %(\from + 1), \to
.endif
.endm
	ADDRESSES 0, 19
.noaltmacro

	.text
/* int context_save(struct context *): 0 now, the value given to context_load() later. */
	.globl	context_save
context_save:
	movl	4(%esp), %ecx
	movl	(%esp), %eax
	movl	%ebx, 0(%ecx)
	movl	%esi, 4(%ecx)
	movl	%edi, 8(%ecx)
	movl	%ebp, 12(%ecx)
	leal	4(%esp), %edx
	movl	%edx, 16(%ecx)
	movl	%eax, 20(%ecx)
	xorl	%eax, %eax
	ret

/* void context_load(const struct context *, int): with flat segments, whatever they were. */
	.globl	context_load
context_load:
	movl	4(%esp), %ecx
	movl	8(%esp), %eax
	movl	$FLAT_KERNEL_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	xorl	%edx, %edx
	movl	%edx, %fs
	movl	%edx, %gs
	movl	0(%ecx), %ebx
	movl	4(%ecx), %esi
	movl	8(%ecx), %edi
	movl	12(%ecx), %ebp
	movl	$FLAT_KERNEL_SS, %edx
	movl	%edx, %ss
	movl	16(%ecx), %esp
	pushl	$FLAT_KERNEL_CS
	pushl	20(%ecx)
	lretl

/* void user_go(const struct user *): EIP CS EFLAGS ESP SS, then EAX..EDI, DS ES FS GS. */
	.globl	user_go
user_go:
	movl	4(%esp), %eax
	pushl	16(%eax)
	pushl	12(%eax)
	pushl	8(%eax)
	pushl	4(%eax)
	pushl	0(%eax)
	mov	56(%eax), %fs
	mov	60(%eax), %gs
	movl	24(%eax), %ecx
	movl	28(%eax), %edx
	movl	32(%eax), %ebx
	movl	36(%eax), %ebp
	mov	40(%eax), %esi
	movl	44(%eax), %edi
	cmpl	$0, guest_user_native
	mov	52(%eax), %es
	pushl	20(%eax)
	movl	48(%eax), %eax
	jne	1f
	movl	%eax, %ds
	popl	%eax
	RINGONE_IRET
1:	movl	%eax, %ds
	popl	%eax
	iretl

	.section .note.GNU-stack, "", @progbits
