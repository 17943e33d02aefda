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

/*
 * The end of doreti, events masked. A program is returned to by the processor itself, with events
 * let in before. One that comes in between finds all registers the program's, and an event that is
 * pending already goes the same way: it is taken as if it had come while the program ran.
 */
pv_iret:
	testb	$SEL_RPL_MASK,4(%esp)
	jz	hypercall_page + 23 * 32	/* also restores the mask, from the frame's IF */
	movb	$0,%ss:pv_shared+PV_MASK
pv_exit_start:
	testb	$0xff,%ss:pv_shared+PV_PENDING
	jnz	pv_exit_end
	.globl	pv_user_iret
pv_user_iret:
	iretl
pv_exit_end:
	movb	$1,%ss:pv_shared+PV_MASK
	jmp	2f

/* Events. They are masked from here until doreti's return. */
IDTVEC(xen_intr_upcall)
	testb	$SEL_RPL_MASK,4(%esp)
	jnz	2f
	cmpl	$pv_exit_start,(%esp)
	jb	2f
	cmpl	$pv_exit_end,(%esp)
	ja	2f
	addl	$12,%esp		/* the frame of the way out; the program's is next */
2:
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
