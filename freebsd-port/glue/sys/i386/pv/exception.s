/* SPDX-License-Identifier: MIT */
/*
 * Where bsd/pv_exit.S goes on. Part of exception.s, whose macros it needs.
 */

/* A page fault whose frame begins with the address: it lies where tf_trapno will be. */
	.globl	pv_page
pv_page:
	pushal
	pushl	$0
	movw	%ds,(%esp)
	pushl	$0
	movw	%es,(%esp)
	pushl	$0
	movw	%fs,(%esp)
	SET_KERNEL_SREGS
	movl	TF_TRAPNO(%esp),%eax
	movl	%eax,pv_cr2
	movl	$T_PAGEFLT,TF_TRAPNO(%esp)
	jmp	alltraps_with_regs_pushed

/* Events. */
IDTVEC(xen_intr_upcall)
	PUSH_FRAME
	SET_KERNEL_SREGS
	cld
	pushl	%esp
	call	xen_intr_handle_upcall
	addl	$4,%esp
	jmp	doreti

/* Where trap.c looks for the call gate's first instruction: nowhere. */
	.globl	Xlcall_syscall
	.set	Xlcall_syscall,0
