/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor reads about this kernel before it runs, where it begins, and the two ways
 * in that only a guest has. At entry ESI points to struct start_info; flat segments and page
 * tables are the domain builder's.
 */
#define __ASSEMBLY__
#include <ringone/xen.h>
#include <ringone/abi.h>
#include "layout.h"

	/* The hypervisor fills this page: entry N, 32 bytes each, makes hypercall N. */
	.section .text.hypercall_page, "ax"
	.balign	4096
	.globl	ringone_hypercall_page
ringone_hypercall_page:
	.skip	4096

	.text
	.globl	guest_entry
guest_entry:
	cld
	movl	$guest_stack_top, %esp
	pushl	%esi
	call	guest_start

	/* Events arrive like an interrupt; trap() asks which (rules/34-events.cocci). */
	.globl	guest_upcall
guest_upcall:
	pushl	$0
	pushl	$IRQ_BASE
	jmp	trap_entry

	/* Returning to the user failed: a selector in its frame was bad. Nothing of tiny does that. */
	.globl	guest_failsafe
guest_failsafe:
	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	call	guest_failed

	.bss
	.balign	16
	.skip	8192
guest_stack_top:

.macro NOTE owner, type, desc:vararg
	.balign	4
	.long	2f - 1f, 4f - 3f, \type
1:	.asciz	"\owner"
2:	.balign	4
3:	\desc
4:	.balign	4
.endm

	.section .note.Xen, "a", @note
	NOTE Xen, XEN_ELFNOTE_GUEST_OS, .asciz "tiny"
	NOTE Xen, XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
	NOTE Xen, XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE Xen, XEN_ELFNOTE_LOADER, .asciz "generic"
	NOTE Xen, XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	NOTE Xen, XEN_ELFNOTE_VIRT_BASE, .long KERNEL_BASE
	NOTE Xen, XEN_ELFNOTE_PADDR_OFFSET, .long 0
	NOTE Xen, XEN_ELFNOTE_ENTRY, .long guest_entry
	NOTE Xen, XEN_ELFNOTE_HYPERCALL_PAGE, .long ringone_hypercall_page
	NOTE Xen, XEN_ELFNOTE_HV_START_LOW, .long __HYPERVISOR_VIRT_START_PAE
	NOTE Xen, XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"

	/* mmu.c asks where the hypervisor and its table are, so the hole may be the small one. */
	.section .note.Ringone, "a", @note
	NOTE Ringone, RINGONE_NOTE_MODERN, .long 1

	.section .note.GNU-stack, "", @progbits
