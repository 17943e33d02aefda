/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it, and from one task to another.
 *
 * Every vector gets a stub that makes all frames alike (struct frame in tiny.h): where the
 * processor pushes no error code the stub pushes 0, then comes the vector's number.
 */
#define __ASSEMBLY__
#include "layout.h"

	.text

.macro STUB vector
	.balign	16
.if \vector != 8 && (\vector < 10 || \vector > 14) && \vector != 17
	pushl	$0
.endif
	pushl	$\vector
	jmp	trap_entry
.endm

	/* 48 stubs of 16 bytes, for gates_init() to count along. */
	.balign	16
	.globl	trap_stubs
trap_stubs:
.set vector, 0
.rept 48
	STUB vector
	.set vector, vector + 1
.endr

	.globl	syscall_stub
syscall_stub:
	pushl	$0
	pushl	$SYSCALL_VECTOR

	.globl	trap_entry
trap_entry:
	pushl	%es
	pushl	%ds
	pusha
	cld
	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	pushl	%esp
	call	trap
	addl	$4, %esp

	/* New tasks begin here, with a frame that task.c has made. */
	.globl	trap_return
trap_return:
	popa
	popl	%ds
	popl	%es
	addl	$8, %esp
	iret

/*
 * void switch_stacks(uint32_t *old, uint32_t new): keeps what C expects to survive a call on the
 * old stack, and takes the same from the new one.
 */
	.globl	switch_stacks
switch_stacks:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%esp, (%eax)
	movl	%edx, %esp
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	/* The program that becomes the first process. */
	.section .rodata
	.balign	4096
	.globl	user_image, user_image_end
user_image:
	.incbin	USER_BIN
user_image_end:

	.section .note.GNU-stack, "", @progbits
