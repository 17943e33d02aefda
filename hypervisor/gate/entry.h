/* SPDX-License-Identifier: MIT */
/* What entry.S and short.S write their ways in and out with; for assembly alone. */
#ifndef RINGONE_GATE_ENTRY_H
#define RINGONE_GATE_ENTRY_H
/* clang-format off */

#include "layout.h"
#include "percpu.h"
#include "regs.h"
#include "x86.h"
#include "offsets.h"

#ifdef __ASSEMBLY__

.macro SAVE_GPRS
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
.endm

.macro RESTORE_GPRS
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
.endm

.macro SAVE_SEGMENTS
	mov	%ds, REGS_ds(%esp)
	mov	%es, REGS_es(%esp)
	mov	%fs, REGS_fs(%esp)
	mov	%gs, REGS_gs(%esp)
.endm

.macro LOAD_HV_SEGMENTS scratch
	movl	$HV_DS, \scratch
	movl	\scratch, %ds
	movl	\scratch, %es
.endm

.macro COUNT_ENTRY
	incl	CPU_n_entries(%esp)
.endm

/* A fault at `from` goes on at `to`.  Other rooms write such pairs too. */
.macro FIXUP from, to
	.pushsection .extable, "a"
	.long	\from, \to
	.popsection
.endm

/* Is an event due to the guest, and may it have it?  Changes `r`; "equal" says yes. */
.macro TEST_EVENTS r, current=CPU_current
	movl	\current(%esp), \r
	movl	%ss:VCPU_info(\r), \r
	cmpw	$1, %ss:INFO_pending(\r)	/* pending 1, mask 0 */
.endm

/* An operation went the short way; ways: cpu->ways, from ESP. */
.macro COUNT_SHORT way, ways
#ifdef RINGONE_DEBUG
	incl	8 * \way + \ways(%esp)
#endif
.endm

#endif
/* clang-format on */
#endif
