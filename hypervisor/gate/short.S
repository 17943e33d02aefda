/* SPDX-License-Identifier: MIT */
/*
 * The short ways: what a program's page faults, its INT n and the kernel's
 * return to it (the iret hypercall) take when they are as ordinary as nearly
 * all of them.
 *
 * Everything is asked before anything is changed, and each question is on a
 * whitelist: an answer that is not expected leads to the long way, in C, which
 * starts from the beginning as if nobody had been here.  The checks are those
 * of the long way (cpu/bounce.c, cpu/iret.c) and carry their own numbers.
 *
 * What makes them short is that no C runs.  So nothing of the guest's is saved
 * but the registers that are used, and DS and ES stay the guest's: memory is
 * reached through SS, which is ours and flat.
 */
#include "entry.h"
#include "trust.h"

	.text
	.globl	short_ways_start, short_ways_end
short_ways_start:

/* Guest memory: where it cannot be had, the long way decides. */
.macro GET from, to, long
9:	movl	%ss:\from, \to
	FIXUP	9b, \long
.endm

.macro PUT from, to, long, size=l
9:	mov\size	\from, %ss:\to
	FIXUP	9b, \long
.endm

/*
 * ECX: the VCPU, EDX: an address on its stack.  May it name `bytes` from there
 * on (TRUST 8)?  Changes EAX.
 */
.macro RANGE_CHECK bytes, long
	movl	%ss:VCPU_domain(%ecx), %eax
	movl	%ss:DOMAIN_range_end(%eax), %eax
	subl	$\bytes, %eax
	cmpl	%eax, %edx
	TRUST_REFUSE 8, 61, ja, \long
.endm

/* ---- from a program to its kernel: page faults and INT n ---- */

/* Offsets once the four registers that are used are saved. */
#define T(field)	(REGS_##field - REGS_error + 16)
#define T_CPU(field)	(CPU_##field - REGS_error + 16)
#define FRAME_BYTES	20	/* eip cs eflags esp ss, as drawn in bounce.c */

/* Behind it, before anything else: a frame of virtual-8086 mode lies elsewhere (from_vm86). */
.macro TRAP_SAVE
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
.endm

#define OPCODE_INT	0xcd	/* and a byte, the vector */

.macro TRAP_RESTORE
	popl	%ebx
	popl	%edx
	popl	%ecx
	popl	%eax
.endm

/*
 * ECX: the VCPU, EBX: the vector's trap_info.  There is a handler, and the
 * kernel's stack is flat and takes the frame with `extra` words below it, the
 * error code and CR2.  Leaves EAX at the vcpu_info and EDX at the lowest word.
 * insn: the length of an instruction that has been executed by this.
 */
.macro WRITE_FRAME extra, insn, long
	cmpl	$0, %ss:TI_address(%ebx)
	TRUST_REFUSE 14, 60, je, \long
	movl	%ss:VCPU_kernel_ss(%ecx), %eax
	cmpl	%ss:VCPU_flat_ss(%ecx), %eax
	jne	\long
	movl	%ss:VCPU_kernel_sp(%ecx), %edx
	subl	$(FRAME_BYTES + 4 * \extra), %edx
	RANGE_CHECK (FRAME_BYTES + 4 * \extra), \long
	.set	at, 0
	.if	\extra == 2
	movl	%cr2, %eax
	PUT	%eax, (%edx), \long
	.set	at, 4
	.endif
	.if	\extra
	movzwl	T(error)(%esp), %eax
	PUT	%eax, at(%edx), \long
	.set	at, at + 4
	.endif
	movl	T(eip)(%esp), %eax
	.if	\insn
	addl	$\insn, %eax
	.endif
	PUT	%eax, at(%edx), \long
	movzwl	T(cs)(%esp), %eax
	PUT	%eax, at + 4(%edx), \long
	movl	T(eflags)(%esp), %eax
	.if	\insn && !TRUST_IS_MUTANT(15, 102)
	andl	$~EFLAGS_RF, %eax	/* the fault's, and no fault is left */
	.endif
	orl	%ss:VCPU_frame_iopl(%ecx), %eax
	PUT	%eax, at + 8(%edx), \long
	movl	T(esp)(%esp), %eax
	PUT	%eax, at + 12(%edx), \long
	movzwl	T(ss)(%esp), %eax
	PUT	%eax, at + 16(%edx), \long
	movl	%ss:VCPU_info(%ecx), %eax
	/* The event mask: in byte 2 of the CS word, and the other way round in IF. */
	cmpb	$0, %ss:INFO_mask(%eax)
	je	1f
	PUT	$1, at + 6(%edx), \long, b
8:	andb	$~(EFLAGS_IF >> 8), %ss:at + 9(%edx)
	FIXUP	8b, \long
1:
.endm

/* On to the handler, with what WRITE_FRAME left. */
.macro ENTER_HANDLER way
	movl	%edx, T(esp)(%esp)
	movl	%ss:VCPU_kernel_ss(%ecx), %edx
	movw	%dx, T(ss)(%esp)
	movw	%ss:TI_cs(%ebx), %dx
	movw	%dx, T(cs)(%esp)
	movl	%ss:TI_address(%ebx), %edx
	movl	%edx, T(eip)(%esp)
	andl	$~ENTRY_CLEARS, T(eflags)(%esp)
	testb	$TI_MASKS, %ss:TI_flags(%ebx)
	je	1f
	movb	$1, %ss:INFO_mask(%eax)
1:	incl	T_CPU(n_entries)(%esp)
	COUNT_SHORT \way, T_CPU(ways)
	cmpl	$0, T_CPU(softirq)(%esp)
	jne	trap_work
	cmpw	$1, %ss:INFO_pending(%eax)
	je	trap_work
	TRAP_RESTORE
	addl	$4, %esp
2:	iret
	FIXUP	2b, bad_iret
.endm

/* Something is due, perhaps an event that the handler may take at once: the full way out. */
trap_work:
	TRAP_RESTORE
	SAVE_GPRS
	SAVE_SEGMENTS
	LOAD_HV_SEGMENTS %eax
	jmp	way_out

/*
 * A program's page fault, by the error code: nothing of ours can be its cause.
 * CR2 is kept where old kernels look for it, and brought back from there when
 * the kernel's stack faults in turn.
 */
	.balign	16
	.globl	page_fault_entry
page_fault_entry:
	testb	$PF_USER, (%esp)
	jz	page_fault_ours
	TRAP_SAVE
	testb	$(EFLAGS_VM >> 16), T(eflags) + 2(%esp)
	jnz	page_fault_long
	movl	T_CPU(current)(%esp), %ecx
	movl	%cr2, %eax
	movl	%ss:VCPU_info(%ecx), %edx
	movl	%eax, %ss:INFO_cr2(%edx)
	leal	VCPU_traps + TRAP_PF * TI_size(%ecx), %ebx
	testb	$TI_CR2_FRAME, %ss:TI_flags(%ebx)
	jnz	page_fault_cr2
	WRITE_FRAME 1, 0, page_fault_stack
	ENTER_HANDLER WAY_PAGE_FAULT
page_fault_cr2:
	WRITE_FRAME 2, 0, page_fault_stack
	ENTER_HANDLER WAY_PAGE_FAULT

page_fault_stack:
	movl	T_CPU(current)(%esp), %ecx
	movl	%ss:VCPU_info(%ecx), %edx
	movl	%ss:INFO_cr2(%edx), %eax
	.if	!TRUST_IS_MUTANT(13, 100)
	movl	%eax, %cr2
	.endif
page_fault_long:
	TRAP_RESTORE
page_fault_ours:
	movw	$TRAP_PF, REGS_vector - REGS_error(%esp)
	jmp	common_entry

/*
 * INT n of a program arrives as #GP, because our gates have too low a DPL for
 * it: the error code names the vector, and the kernel's own table says whether
 * a program may (TRUST 14).
 */
	.balign	16
	.globl	protection_entry
protection_entry:
	testb	$ERROR_IDT, (%esp)
	jz	protection_plain
	TRAP_SAVE
	testb	$(EFLAGS_VM >> 16), T(eflags) + 2(%esp)
	jnz	protection_long
	movl	T_CPU(current)(%esp), %ecx
	movl	T(error)(%esp), %ebx
	testb	$ERROR_EXT, %bl
	jnz	protection_long
	andl	$(0xff * TI_size), %ebx		/* error code: vector * 8 */
	leal	VCPU_traps(%ecx, %ebx), %ebx
	/* Ring 3, and a DPL of 3. */
	movb	T(cs)(%esp), %dl
	notb	%dl
	testb	$3, %dl
	jnz	protection_long
	movb	%ss:TI_flags(%ebx), %dl
	notb	%dl
	testb	$TI_DPL, %dl
	TRUST_REFUSE 14, 61, jnz, protection_long
	/* The handler goes on behind the instruction: two bytes, if it begins with the opcode. */
	movzwl	T(cs)(%esp), %eax
	cmpl	%ss:VCPU_flat_program_cs(%ecx), %eax
	jne	protection_long
	movl	T(eip)(%esp), %edx
	RANGE_CHECK 1, protection_long
8:	cmpb	$OPCODE_INT, %ss:(%edx)
	FIXUP	8b, protection_long
	jne	protection_long
	WRITE_FRAME 0, 2, protection_long
	ENTER_HANDLER WAY_SOFT_TRAP

protection_long:
	TRAP_RESTORE
protection_plain:
	movw	$TRAP_GP, REGS_vector - REGS_error(%esp)
	jmp	common_entry

/* ---- back: the iret hypercall ---- */

/* Offsets once ECX, EDX and EBX are saved: ESP was at regs.eip. */
#define I(field)	(REGS_##field - REGS_eip + 12)
#define I_CPU(field)	(CPU_##field - REGS_eip + 12)
#define IRET_SAME	16	/* eax eip cs eflags, from the stack's top */
#define IRET_OUTER	24	/* and esp ss */

/* EAX: the frame's EFLAGS, EBX: its CS, ECX: the VCPU.  Leaves ECX at the vcpu_info. */
.macro LOAD_FLAGS_AND_CODE
	movl	%ss:VCPU_info(%ecx), %ecx
	testl	$EFLAGS_IF, %eax
	sete	%ss:INFO_mask(%ecx)
	LIMIT_FLAGS %eax
	movl	%eax, I(eflags)(%esp)
	movw	%bx, I(cs)(%esp)
	GET	4(%edx), %ebx, iret_long
	movl	%ebx, I(eip)(%esp)
.endm

/* What a guest's EFLAGS become in hardware, as in guest_eflags(). */
.macro LIMIT_FLAGS r
	.if	!TRUST_IS_MUTANT(19, 62)
	andl	$EFLAGS_GUEST, \r
	.endif
	orl	$(EFLAGS_IF | EFLAGS_MBS), \r
.endm

.macro IRET_LEAVE
	incl	I_CPU(n_entries)(%esp)
	COUNT_SHORT WAY_IRET, I_CPU(ways)
	cmpl	$0, I_CPU(softirq)(%esp)
	jne	iret_work
	cmpw	$1, %ss:INFO_pending(%ecx)
	je	iret_work
	popl	%ebx
	popl	%edx
	popl	%ecx
1:	iret
	FIXUP	1b, bad_iret
.endm

	.balign	16
	.globl	hypercall_iret
hypercall_iret:
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
	movl	I_CPU(current)(%esp), %ecx
	movzwl	I(ss)(%esp), %eax
	cmpl	%ss:VCPU_flat_ss(%ecx), %eax
	jne	iret_long
	cmpb	$0, %ss:VCPU_iret_duties(%ecx)
	jne	iret_long
	movl	I(esp)(%esp), %edx
	RANGE_CHECK IRET_OUTER, iret_long
	GET	8(%edx), %ebx, iret_long
	GET	12(%edx), %eax, iret_long
	testl	$EFLAGS_VM, %eax
	TRUST_REFUSE 19, 60, jnz, iret_long
	testb	$2, %bl
	jnz	iret_outer
	testb	$1, %bl
	TRUST_REFUSE 19, 61, jz, iret_long
	LOAD_FLAGS_AND_CODE
	GET	(%edx), %eax, iret_long
	addl	$IRET_SAME, I(esp)(%esp)
	IRET_LEAVE
iret_outer:
	LOAD_FLAGS_AND_CODE
	/* All of it is read before the stack changes, from which the long way would read again. */
	GET	20(%edx), %ebx, iret_long
	GET	16(%edx), %eax, iret_long
	GET	(%edx), %edx, iret_long
	movw	%bx, I(ss)(%esp)
	movl	%eax, I(esp)(%esp)
	movl	%edx, %eax
	IRET_LEAVE

iret_long:
	popl	%ebx
	popl	%edx
	popl	%ecx
	movl	$23, %eax		/* __HYPERVISOR_iret; checked in tables.c */
	jmp	hypercall_iret_long

/* The frame is loaded, and something is due: the full way out. */
iret_work:
	popl	%ebx
	popl	%edx
	popl	%ecx
	pushl	$(0x82 << 16)
	SAVE_GPRS
	SAVE_SEGMENTS
	LOAD_HV_SEGMENTS %ecx
	jmp	way_out
short_ways_end:
