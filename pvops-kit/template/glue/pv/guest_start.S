/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor reads about this kernel before it runs, and where it begins. At entry ESI
 * points to struct start_info; stack, flat segments and page tables are the domain builder's.
 */
#define __ASSEMBLY__
#include <ringone/xen.h>
#include <ringone/abi.h>

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
	movl	%esi, guest_start_info
	jmp	kernel_entry		/* TODO: the kernel's own first instruction in C's world */

	.data
	.balign	4
	.globl	guest_start_info
guest_start_info:
	.long	0

.macro NOTE owner, type, desc:vararg
	.balign	4
	.long	2f - 1f, 4f - 3f, \type
1:	.asciz	"\owner"
2:	.balign	4
3:	\desc
4:	.balign	4
.endm

	.section .note.Xen, "a", @note
	NOTE Xen, XEN_ELFNOTE_GUEST_OS, .asciz "@OS@"
	NOTE Xen, XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE Xen, XEN_ELFNOTE_LOADER, .asciz "generic"
	NOTE Xen, XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	NOTE Xen, XEN_ELFNOTE_VIRT_BASE, .long 0xc0000000
	NOTE Xen, XEN_ELFNOTE_PADDR_OFFSET, .long 0
	NOTE Xen, XEN_ELFNOTE_ENTRY, .long guest_entry
	NOTE Xen, XEN_ELFNOTE_HYPERCALL_PAGE, .long ringone_hypercall_page
	NOTE Xen, XEN_ELFNOTE_HV_START_LOW, .long __HYPERVISOR_VIRT_START_PAE
	NOTE Xen, XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
	/* A kernel that asks for hole and M2P at run time may add the note of owner Ringone. */

	.section .note.GNU-stack, "", @progbits
