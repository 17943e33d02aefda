/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_ENTRY_H
#define RINGONE_ENTRY_H

/*
 * Assembly for the way in and the way out of ring 1.
 *
 * What a handler finds on its stack (ring 3 adds ESP and SS at the end):
 *
 *	trap without error code		              EIP CS EFLAGS [ESP SS]
 *	trap with error code		    error code  EIP CS EFLAGS [ESP SS]
 *	page fault, CR2 frame		CR2 error code  EIP CS EFLAGS [ESP SS]
 *	failsafe callback	        DS ES FS GS  EIP CS EFLAGS [ESP SS]
 *
 * Bits 23:16 of the CS word are the event mask as it was before the trap; EFLAGS.IF is its
 * negation, whatever the hardware flag says.
 *
 * The macros build one frame for all of them, struct ringone_frame below, so that the C side
 * need not know which way it was entered:
 *
 *	0  edi esi ebp (esp) ebx edx ecx eax   as PUSHA leaves them
 *	32 ds es fs gs                         one word each
 *	48 vector cr2 error                    cr2 is 0 where the frame did not carry it
 *	60 eip cs eflags [esp ss]
 */

#define RINGONE_FRAME_DS     32
#define RINGONE_FRAME_VECTOR 48
#define RINGONE_FRAME_EIP    60

#ifdef __ASSEMBLY__
/* clang-format off */

/* Entry of @vector, for a frame without, with error code, and with CR2 in front of it. */
.macro RINGONE_TRAP_PLAIN vector, common
	pushl	$0
	pushl	$0
	pushl	$\vector
	jmp	\common
.endm

.macro RINGONE_TRAP_ERROR vector, common
	pushl	$0
	pushl	$\vector
	jmp	\common
.endm

.macro RINGONE_TRAP_CR2 vector, common
	pushl	$\vector
	jmp	\common
.endm

/* Completes the frame; loads @data into DS and ES (a kernel data selector). Clobbers EAX. */
.macro RINGONE_SAVE data
	pushl	%gs
	pushl	%fs
	pushl	%es
	pushl	%ds
	pusha
	cld
	movl	$\data, %eax
	movl	%eax, %ds
	movl	%eax, %es
.endm

/* Undoes RINGONE_SAVE and drops vector, cr2 and error code: ESP is at EIP then. */
.macro RINGONE_RESTORE
	popa
	popl	%ds
	popl	%es
	popl	%fs
	popl	%gs
	addl	$12, %esp
.endm

/*
 * The return that also restores the event mask from EFLAGS.IF of the frame, atomically: the
 * hypervisor does it. ESP is at EIP. (The processor's own iret is the cheaper way where the
 * mask need not change; the frame fits both.)
 */
.macro RINGONE_IRET
	jmp	ringone_hypercall_page + 23 * 32
.endm

/* clang-format on */
#else

#include <stdint.h>

struct ringone_frame {
	uint32_t edi, esi, ebp, pusha_esp, ebx, edx, ecx, eax;
	uint32_t ds, es, fs, gs;
	uint32_t vector, cr2, error;
	uint32_t eip, cs, eflags;
	uint32_t esp, ss; /* there only when CS was ring 3 */
};

/* The ring that was interrupted. */
static inline unsigned int ringone_frame_ring(const struct ringone_frame *f)
{
	return f->cs & 3;
}

#endif
#endif
