/* SPDX-License-Identifier: MIT */
/*
 * Ways into the kernel that a bare machine does not have. Part of exception.s.
 */

/* A page fault whose frame begins with the address: it lies where tf_trapno will be. */
IDTVEC(pv_page)
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

/* Events. They are masked from here until doreti's return. */
IDTVEC(xen_intr_upcall)
	PUSH_FRAME
	SET_KERNEL_SREGS
	cld
	pushl	%esp
	call	xen_intr_handle_upcall
	addl	$4,%esp
	jmp	doreti

/* The hypervisor could not load a segment register on the way out: the four are on the stack. */
IDTVEC(pv_failsafe)
	addl	$16,%esp
	pushl	$0
	TRAP(T_PROTFLT)

/* Lets events in, and what has come meanwhile. Changes no register but the flags. */
	.globl	pv_sti
pv_sti:
	movb	$0,%ss:pv_shared+PV_MASK
	testb	$0xff,%ss:pv_shared+PV_PENDING
	jz	1f
	pushl	%eax
	pushl	%ebx
	pushl	%ecx
	xorl	%ebx,%ebx		/* XENVER_version; any call would do */
	xorl	%ecx,%ecx
	call	hypercall_page + 17 * 32
	popl	%ecx
	popl	%ebx
	popl	%eax
1:	ret

/* Where trap.c looks for the call gate's first instruction: nowhere. */
	.globl	Xlcall_syscall
	.set	Xlcall_syscall,0
