/* SPDX-License-Identifier: MIT */
/*
 * The ways in and out of the kernel that a bare machine does not have. The port's own are
 *
 *	pv_event	what an event does, with the frame of whom it interrupts, events masked
 *	pv_page		a page fault whose frame begins with the address (pv_tables.c)
 */
#include <machine/asm.h>
#include <machine/trap.h>

#include <machine/pv.h>

#undef iret

#define	USER	2	/* bit 1 of a selector tells ring 3 from ring 1 */
#define	IF	0x200

#define	FUNCTION(name)		.p2align 4 ; .globl name ; .type name,@function ; name:
#define	FUNCTION_END(name)	.size name,. - name

	.text

/* What has come while events were masked. Changes no register but the flags. */
FUNCTION(pv_take_events)
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	call	pv_force_upcall
	popl	%edx
	popl	%ecx
	popl	%eax
	ret
FUNCTION_END(pv_take_events)

/*
 * The end of a frame, events masked. They are let in, if they were, and the processor returns by
 * itself. One that comes in between finds all registers those of who is returned to, and one that
 * is pending already goes the same way: it is taken as if it had come there.
 */
FUNCTION(pv_iret)
	testl	$IF,8(%esp)
	jz	pv_exit
	movb	$0,%ss:pv_shared+PV_MASK
	.globl	pv_exit_start
pv_exit_start:
	testb	$0xff,%ss:pv_shared+PV_PENDING
	jnz	pv_exit_end
	.globl	pv_exit
pv_exit:
	iretl
pv_exit_end:
	movb	$1,%ss:pv_shared+PV_MASK
	jmp	pv_event
FUNCTION_END(pv_iret)

/* Events. They are masked from here on until the frame's end. */
FUNCTION(pv_upcall)
	testb	$USER,4(%esp)
	jnz	1f
	cmpl	$pv_exit_start,(%esp)
	jb	1f
	cmpl	$pv_exit_end,(%esp)
	ja	1f
	addl	$12,%esp	/* the frame of the way out; the next is the one to take */
1:	jmp	pv_event
FUNCTION_END(pv_upcall)

/*
 * The hypervisor could not load a segment register on the way out, or its iret failed: the four
 * are on the stack, behind them the frame.
 */
FUNCTION(pv_failsafe)
	addl	$16,%esp
	pushl	$0
	pushl	$T_PROTFLT
	jmp	alltraps
FUNCTION_END(pv_failsafe)
