/* SPDX-License-Identifier: MIT */
/*
 * Where a guest begins: what it says about itself to the domain builder, and its first
 * instructions. At entry ESI holds start_info, the stack and flat segments are the builder's.
 *
 * GUEST_NOTES chooses how it introduces itself:
 *	modern	Xen's ELF notes and Ringone's
 *	classic	Xen's ELF notes only
 *	string	the legacy __xen_guest section
 */
#define __ASSEMBLY__
#include <ringone/xen.h>
#include <ringone/abi.h>

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
	ud2

	.bss
	.balign	4096
	.globl	guest_stack, guest_stack_top
guest_stack:
	.skip	16384
guest_stack_top:

#ifdef GUEST_STRING
	/* Not loaded: the builder reads it from the section table. */
	.section __xen_guest, "", @progbits
	.ascii	"GUEST_OS=ringone-test,GUEST_VER=1,XEN_VER=xen-3.0"
	.ascii	",VIRT_BASE=" GUEST_VIRT_BASE_STRING
	.ascii	",ELF_PADDR_OFFSET=0x0,HYPERCALL_PAGE=0x100"
	.ascii	",PAE=yes[extended-cr3],LOADER=generic"
	.byte	0
#else
.macro NOTE owner, type, desc:vararg
	.balign	4
	.long	2f - 1f, 4f - 3f, \type
1:	.asciz	"\owner"
2:	.balign	4
3:	\desc
4:	.balign	4
.endm

	.section .note.Xen, "a", @note
	NOTE Xen, XEN_ELFNOTE_GUEST_OS, .asciz "ringone-test"
	NOTE Xen, XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE Xen, XEN_ELFNOTE_LOADER, .asciz "generic"
	NOTE Xen, XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	NOTE Xen, XEN_ELFNOTE_VIRT_BASE, .long GUEST_VIRT_BASE
	NOTE Xen, XEN_ELFNOTE_PADDR_OFFSET, .long 0
	NOTE Xen, XEN_ELFNOTE_ENTRY, .long guest_entry
	NOTE Xen, XEN_ELFNOTE_HYPERCALL_PAGE, .long ringone_hypercall_page
	NOTE Xen, XEN_ELFNOTE_HV_START_LOW, .long __HYPERVISOR_VIRT_START_PAE
	NOTE Xen, XEN_ELFNOTE_FEATURES, .asciz GUEST_FEATURES
#ifdef GUEST_MODERN
	.section .note.Ringone, "a", @note
	NOTE Ringone, RINGONE_NOTE_MODERN, .long 1
#endif
#endif

	.section .note.GNU-stack, "", @progbits
