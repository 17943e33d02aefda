/* SPDX-License-Identifier: MIT */
/*
 * Flags, and ways into the kernel that a bare machine does not have.
 */
#include <machine/asm.h>
#include <machine/frameasm.h>
#include <machine/trap.h>
#include <machine/segments.h>
#include "assym.h"

#ifndef PSL_I
#define	PSL_I	0x200
#endif

#undef iret
#undef pushfl
#undef popfl

/* Lets events in, and what has come meanwhile. Changes no register but the flags. */
ENTRY(pv_sti)
	movb	$0,%ss:pv_shared+PV_MASK
	testb	$0xff,%ss:pv_shared+PV_PENDING
	jz	1f
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	call	_C_LABEL(pv_force_upcall)
	popl	%edx
	popl	%ecx
	popl	%eax
1:	ret
END(pv_sti)

/* Fills the word that the caller has pushed with the flags; IF is what the event mask says. */
ENTRY(pv_pushf)
	pushl	%eax
	pushfl
	popl	%eax
	orl	$PSL_I,%eax
	testb	$1,%ss:pv_shared+PV_MASK
	jz	1f
	andl	$~PSL_I,%eax
1:	movl	%eax,8(%esp)
	popl	%eax
	ret
END(pv_pushf)

/* Takes flags from the stack, IF into the event mask. */
ENTRY(pv_popf)
	testl	$PSL_I,4(%esp)
	jnz	1f
	cli
	pushl	4(%esp)
	popfl
	ret	$4
1:	sti
	pushl	4(%esp)
	popfl
	ret	$4
END(pv_popf)

/* A page fault whose frame begins with the address: it lies where the trap's number will be. */
ENTRY(pv_page)
	INTRENTRY
	movl	TF_TRAPNO(%esp),%eax
	testb	$CHK_UPL,TF_CS(%esp)
	jnz	1f
	cmpl	$0,pv_waits
	jne	2f
1:	movl	%eax,_C_LABEL(pv_cr2)
	movl	$T_PAGEFLT,TF_TRAPNO(%esp)
	sti
	jmp	_C_LABEL(pv_calltrap)
2:	/* the kernel's, perhaps on what still waits */
	call	_C_LABEL(pv_flush_waiting)
	jmp	_C_LABEL(intrfastexit)
END(pv_page)

/* Out of the kernel. Nothing may wait when a program runs. */
ENTRY(pv_intrfastexit)
	cmpl	$0,pv_waits
	je	_C_LABEL(intrfastexit)
	call	_C_LABEL(pv_flush_waiting)
	jmp	_C_LABEL(intrfastexit)
END(pv_intrfastexit)

/*
 * The end of a frame. Events are let in, if they were, and the processor returns by itself. One that
 * comes in between finds all registers those of who is returned to, and one that is pending already
 * goes the same way: it is taken as if it had come there.
 */
ENTRY(pv_iret)
	testl	$PSL_I,8(%esp)
	jz	pv_exit
	movb	$0,%ss:pv_shared+PV_MASK
pv_exit_start:
	testb	$0xff,%ss:pv_shared+PV_PENDING
	jnz	pv_exit_end
pv_exit:
	iretl
pv_exit_end:
	movb	$1,%ss:pv_shared+PV_MASK
	jmp	_C_LABEL(hypervisor_callback)
END(pv_iret)

/* Events. They are masked from here on until the frame's end. */
ENTRY(pv_upcall)
	testb	$CHK_UPL,4(%esp)
	jnz	1f
	cmpl	$pv_exit_start,(%esp)
	jb	1f
	cmpl	$pv_exit_end,(%esp)
	ja	1f
	addl	$12,%esp		/* the frame of the way out; the next is the one to take */
1:	jmp	_C_LABEL(hypervisor_callback)
END(pv_upcall)

/*
 * The hypervisor could not load a segment register on the way out, or its iret failed: the four
 * are on the stack, behind them the frame.
 */
ENTRY(pv_failsafe)
	addl	$16,%esp
	pushl	$0
	pushl	$T_PROTFLT
	jmp	_C_LABEL(alltraps)
END(pv_failsafe)
