/* SPDX-License-Identifier: MIT */
/*
 * Into ring 0 and out again.
 *
 * Every gate is an interrupt gate.  From a guest the processor takes its stack
 * from the TSS, whose esp0 is the address of cpu->regs.es, and so the frame
 * below lands exactly in cpu->regs:
 *
 *   pushed by the processor     ss esp eflags cs eip [error code]
 *   pushed by the stub          error code 0 where there is none, vector
 *   pushed by SAVE_GPRS         eax ebp edi esi edx ecx ebx
 *   stored                      gs fs ds es (above ss)
 *
 * From ring 0 (a fault of our own, an NMI, an interrupt window) the same
 * registers are pushed on the stack in use, and ds and es beside them: an
 * exception may hit the way out to a guest, when they are already the guest's.
 *
 * DS and ES are ours while C runs, FS and GS always stay the guest's: C does
 * not touch them.  So do EBX, ESI, EDI and EBP across a hypercall: C preserves
 * them.  There are two kinds of ways out.  The short ones load back only what
 * was lost on the way in; the full one loads everything from cpu->regs.  Who
 * changes there what a short way leaves alone (another VCPU, a long call that
 * will run again, a repaired descriptor) leaves a note in cpu->softirq, and
 * any note leads to the full one.  What is short all the way is in short.S.
 */
#include "entry.h"

#define NR_HYPERCALLS	64	/* call/call.h; checked in tables.c */

	.text

/* ---- the hypercall: int 0x82 from ring 1 ---- */

/* Leaves ESP at cpu->regs, ECX changed. */
.macro ENTER_HYPERCALL
	pushl	$(0x82 << 16)
	cld
	SAVE_GPRS
	mov	%ds, REGS_ds(%esp)
	mov	%es, REGS_es(%esp)
	LOAD_HV_SEGMENTS %ecx
	COUNT_ENTRY
.endm

/* The short way out: EAX is the result, and everything is as ENTER_HYPERCALL left it. */
.macro LEAVE_HYPERCALL
	cmpl	$0, CPU_softirq(%esp)
	jne	hypercall_work
	TEST_EVENTS %ecx
	je	hypercall_event
1:	mov	REGS_es(%esp), %es
2:	mov	REGS_ds(%esp), %ds
	popl	%ebx
	popl	%ecx
	popl	%edx
	addl	$(REGS_eip - REGS_esi), %esp
3:	iret
	FIXUP	1b, bad_hypercall_segment
	FIXUP	2b, bad_hypercall_segment
	FIXUP	3b, bad_iret
.endm

	.balign	16
	.globl	hypercall_entry
hypercall_entry:
	cmpl	$NR_HYPERCALLS, %eax
	jae	hypercall_unknown
	jmp	*%ss:hypercall_entries(, %eax, 4)

/* Most of them: the handler of hypercall_table, with six arguments. */
	.balign	16
	.globl	hypercall_known
hypercall_known:
	ENTER_HYPERCALL
	movl	REGS_ecx(%esp), %ecx
	pushl	%ebp			/* a6 */
	pushl	%edi			/* a5 */
	pushl	%esi			/* a4 */
	xchgl	%ecx, %edx		/* a3, a2 */
	xchgl	%eax, %ebx		/* a1; the number stays in EBX */
	call	*hypercall_table(, %ebx, 4)
	addl	$12, %esp
	.globl	exit_path_start, exit_path_end
exit_path_start:
	LEAVE_HYPERCALL

/* What short.S leaves: its frame is read from the guest's stack, so it wants no arguments. */
	.balign	16
	.globl	hypercall_iret_long
hypercall_iret_long:
	ENTER_HYPERCALL
	movl	%esp, %eax
	call	iret_hypercall
	LEAVE_HYPERCALL

/* Nothing is to be done but an upcall: mostly that is quick, or else it leaves a note. */
hypercall_event:
	movl	%eax, REGS_eax(%esp)
	movl	%esp, %eax
	call	quick_upcall
	movl	REGS_eax(%esp), %eax
	LEAVE_HYPERCALL

hypercall_work:
	movl	%eax, REGS_eax(%esp)
	mov	%fs, REGS_fs(%esp)
	mov	%gs, REGS_gs(%esp)
	jmp	way_out

/*
 * Numbers without a handler: guests probe, so the answer is cheap, and nothing
 * but EAX and ECX is touched.  An event that the guest has just unmasked is
 * delivered like on any other way out; the full path does that.
 */
	.balign	16
	.globl	hypercall_unknown
hypercall_unknown:
	incl	CPU_n_entries - REGS_eip(%esp)
	pushl	%ecx
	TEST_EVENTS %ecx, (CPU_current - REGS_eip + 4)
	popl	%ecx
	je	1f
	movl	$-38, %eax		/* -XEN_ENOSYS; checked in tables.c */
unknown_iret:
	iret
1:	movl	$-38, %eax
	ENTER_HYPERCALL
	jmp	hypercall_work
	FIXUP	unknown_iret, bad_iret

/* ---- exceptions and interrupts ---- */

	.balign	16
	.globl	common_entry
common_entry:
	cld
	SAVE_GPRS
	testb	$(EFLAGS_VM >> 16), REGS_eflags + 2(%esp)
	jnz	from_vm86
	testb	$3, REGS_cs(%esp)
	jz	from_ring0
	SAVE_SEGMENTS
	LOAD_HV_SEGMENTS %eax
	COUNT_ENTRY
	movl	%esp, %eax
	movzbl	REGS_vector(%esp), %edx
	call	*trap_handlers(, %edx, 4)

	cmpl	$0, CPU_softirq(%esp)
	jne	way_out
	TEST_EVENTS %ecx
	je	way_out
trap_es: mov	REGS_es(%esp), %es
trap_ds: mov	REGS_ds(%esp), %ds
	RESTORE_GPRS
	addl	$4, %esp
trap_iret:
	iret
	FIXUP	trap_es, bad_segment
	FIXUP	trap_ds, bad_segment
	FIXUP	trap_iret, bad_iret

/* The full way out; resume_guest() comes here too.  ESP points at cpu->regs. */
	.globl	way_out
way_out:
	movl	%esp, %eax
	call	exit_to_guest_work
full_gs: mov	REGS_gs(%esp), %gs
full_fs: mov	REGS_fs(%esp), %fs
full_es: mov	REGS_es(%esp), %es
full_ds: mov	REGS_ds(%esp), %ds
	RESTORE_GPRS
	addl	$4, %esp
full_iret:
	iret
exit_path_end:
	FIXUP	full_gs, bad_segment
	FIXUP	full_fs, bad_segment
	FIXUP	full_es, bad_segment
	FIXUP	full_ds, bad_segment
	FIXUP	full_iret, bad_iret

/*
 * The guest's frame could not be restored (TRUST 19).  At bad_segment ESP
 * still points at cpu->regs.  At bad_iret it points at regs.eip, the guest's
 * registers are back in place, and what lay below was overwritten by the
 * fault's own frame: save them again.
 */
	.globl	bad_iret
bad_iret:
	pushl	$0
	SAVE_GPRS
	SAVE_SEGMENTS
	jmp	bad_segment
bad_hypercall_segment:
	movl	%eax, REGS_eax(%esp)
	mov	%fs, REGS_fs(%esp)
	mov	%gs, REGS_gs(%esp)
bad_segment:
	LOAD_HV_SEGMENTS %eax
	call	inject_failsafe
	jmp	way_out

from_ring0:
	pushl	%ds
	pushl	%es
	LOAD_HV_SEGMENTS %eax
	leal	8(%esp), %eax
	call	ring0_trap
	popl	%es
	popl	%ds
	RESTORE_GPRS
	addl	$4, %esp
	iret

/*
 * No processor lets ring 1 or 3 set EFLAGS.VM, but QEMU's iret does.  The
 * frame has four more words then, and so lies below cpu->regs.
 */
from_vm86:
	LOAD_HV_SEGMENTS %eax
	movl	%esp, %eax
	call	vm86_trap
	ud2

/* ---- SYSENTER: nothing was saved, so a frame from ring 3 is made up ---- */

/*
 * ESP is the stack's top by MSR.  TF may be set still: the #DB that raises at
 * the first instruction finds a good stack, and ring0_trap clears it.  NT must
 * go before any iret of ours (XSA-339).
 */
	.globl	sysenter_entry
sysenter_entry:
	pushl	$0xe033			/* FLAT_RING3_SS; checked in tables.c */
	pushl	$0
	pushfl
	pushl	$0xe02b			/* FLAT_RING3_CS */
	pushl	$0
	pushl	$0
	pushl	$2
	popfl
	cld
	SAVE_GPRS
	SAVE_SEGMENTS
	LOAD_HV_SEGMENTS %eax
	COUNT_ENTRY
	movl	%esp, %eax
	call	sysenter_trap
	jmp	way_out

/* ---- the double-fault task: its own TSS, stack and page tables ---- */

	.globl	double_fault_entry
double_fault_entry:
	addl	$4, %esp		/* the error code is always 0 */
	cld
	call	double_fault
	ud2

/* ---- one stub for each vector ---- */

/* Exceptions with an error code of the processor: 8 10-14 17 21 29 30. */
#define HAS_ERROR_CODE 0x60227d00

	.pushsection .rodata
	.balign	4
	.globl	vector_stubs
vector_stubs:
	.popsection
	.balign	16
	.set	vector, 0
	.rept	256
	.pushsection .rodata
	.if	vector == 13
	.long	protection_entry
	.elseif	vector == 14
	.long	page_fault_entry
	.else
	.long	1f
	.endif
	.popsection
1:
	.set	has_code, 0
	.if	vector < 32
	.set	has_code, (HAS_ERROR_CODE >> vector) & 1
	.endif
	.if	has_code
	movw	$vector, REGS_vector - REGS_error(%esp)
	.else
	pushl	$(vector << 16)
	.endif
	jmp	common_entry
	.set	vector, vector + 1
	.endr
