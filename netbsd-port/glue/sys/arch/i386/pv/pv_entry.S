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
