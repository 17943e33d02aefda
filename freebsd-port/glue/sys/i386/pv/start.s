/* SPDX-License-Identifier: MIT */
/*
 * The way in, in the place of what turned paging on: the builder has done that. %esi is the
 * start_info page; the stack is a small one of the image. locore.s goes on with init386().
 */
	cld
	movl	$tmpstk,%esp
	xorl	%ebp,%ebp
	pushl	%esi
	call	pv_start
	movl	%eax,physfree

/* Notes by which a builder knows what this is. */
#define	PVNOTE(owner, type, desc)		\
	.pushsection .note.pv,"a",@note ;	\
	.p2align 2 ;				\
	.long	2f - 1f, 4f - 3f, type ;	\
1:	.asciz	owner ;				\
2:	.p2align 2 ;				\
3:	desc ;					\
4:	.p2align 2 ;				\
	.popsection

	PVNOTE("Xen", 6, .asciz "FreeBSD")			/* GUEST_OS */
	PVNOTE("Xen", 7, .asciz "11")				/* GUEST_VERSION */
	PVNOTE("Xen", 5, .asciz "xen-3.0")			/* XEN_VERSION */
	PVNOTE("Xen", 8, .asciz "generic")			/* LOADER */
	PVNOTE("Xen", 3, .long KERNBASE)			/* VIRT_BASE */
	PVNOTE("Xen", 4, .long KERNBASE)			/* PADDR_OFFSET */
	PVNOTE("Xen", 1, .long btext)				/* ENTRY */
	PVNOTE("Xen", 2, .long hypercall_page)			/* HYPERCALL_PAGE */
	PVNOTE("Xen", 9, .asciz "yes")				/* PAE_MODE */
	PVNOTE("Xen", 10, .asciz "!writable_page_tables|pae_pgdir_above_4gb")	/* FEATURES */
	PVNOTE("Xen", 12, .long 0xf5800000)			/* HV_START_LOW */
	PVNOTE("Xen", 17, .long (1 << 11))			/* SUPPORTED_FEATURES: dom0 */
	PVNOTE("Ringone", 1, .long 1)				/* asks for hole and M2P */
