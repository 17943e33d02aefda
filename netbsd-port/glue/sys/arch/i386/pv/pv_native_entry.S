/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * What a kernel that natively knows no hypervisor lacks: notes for the builder, the page of
 * hypercalls, a way in for events, and one way out in place of many.
 */
#include <machine/asm.h>
#include <machine/frameasm.h>
#include <machine/trap.h>
#include <machine/segments.h>
#include "assym.h"

#define	NOTE(owner, type, what...)						\
	.pushsection .note.owner, "a", @note;					\
	.p2align 2; .long 2f - 1f, 4f - 3f, type;				\
1:	.asciz #owner;								\
2:	.p2align 2;								\
3:	what;									\
4:	.p2align 2; .popsection

	NOTE(Xen, 6, .asciz "NetBSD")
	NOTE(Xen, 5, .asciz "xen-3.0")
	NOTE(Xen, 3, .long KERNBASE)		/* where addresses begin ... */
	NOTE(Xen, 4, .long 0)			/* ... and they are physical in the file */
	NOTE(Xen, 1, .long start)
	NOTE(Xen, 2, .long hypercall_page)
	NOTE(Xen, 9, .asciz "yes")		/* PAE */
	NOTE(Xen, 10, .asciz "!writable_page_tables|pae_pgdir_above_4gb")
	NOTE(Xen, 8, .asciz "generic")
	NOTE(Xen, 11, .asciz "yes")		/* symbols in BSD's form */
	NOTE(Ringone, 1, .long 1)		/* asks for hole and M2P */

	.text
	.p2align 12
ENTRY(hypercall_page)
	.skip	4096, 0x90
END(hypercall_page)

/* Events, as interrupts that were put off: they run as far as the level allows it. */
ENTRY(hypervisor_callback)
	pushl	$0
	pushl	$T_ASTFLT
	INTRENTRY
	movl	CPUVAR(ILEVEL),%ebx
	pushl	%ebx
	IDEPTH_INCR
	call	_C_LABEL(pv_put_off_events)
	jmp	_C_LABEL(Xdoreti)
END(hypervisor_callback)

/* In the order and with the instructions that trap() knows, which may find a bad selector here. */
ENTRY(intrfastexit)
	movw	TF_GS(%esp),%gs
	movw	TF_FS(%esp),%fs
	movw	TF_ES(%esp),%es
	movw	TF_DS(%esp),%ds
	movl	TF_EDI(%esp),%edi
	movl	TF_ESI(%esp),%esi
	movl	TF_EBP(%esp),%ebp
	movl	TF_EBX(%esp),%ebx
	movl	TF_EDX(%esp),%edx
	movl	TF_ECX(%esp),%ecx
	movl	TF_EAX(%esp),%eax
	addl	$(TF_PUSHSIZE+8),%esp
	iret
END(intrfastexit)
