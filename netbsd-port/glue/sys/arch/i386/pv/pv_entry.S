/* SPDX-License-Identifier: MIT */
/*
 * Flags, and ways into the kernel that a bare machine does not have; the rest is bsd/pv_exit.S.
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

/*
 * A page fault whose frame begins with the address: it lies where the trap's number will be. Events
 * are as they were: not masked in a program.
 */
ENTRY(pv_page)
	INTRENTRY
	movl	TF_TRAPNO(%esp),%eax
	testb	$CHK_UPL,TF_CS(%esp)
	jz	2f
1:	movl	%eax,_C_LABEL(pv_cr2)
	movl	$T_PAGEFLT,TF_TRAPNO(%esp)
	jmp	_C_LABEL(pv_calltrap)
2:	/* the kernel's, perhaps on what still waits */
	cmpl	$0,pv_waits
	jne	pv_flush_and_exit
	sti
	jmp	1b
END(pv_page)

/* Out of the kernel. Nothing may wait when a program runs. */
ENTRY(pv_flush_and_exit)
	call	_C_LABEL(pv_flush_waiting)
	jmp	_C_LABEL(intrfastexit)
END(pv_flush_and_exit)
