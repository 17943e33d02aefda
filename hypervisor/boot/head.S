/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to C.
 *
 * The loader leaves us in flat 32-bit protected mode, paging off, at our
 * physical address, with its magic in EAX and its information in EBX.  We map
 * two things, the image where it was linked and the first 4 MiB where they
 * are, switch paging on, jump up and drop the low mapping again.
 */
#include "layout.h"
#include "percpu.h"
#include "x86.h"

#define PA(sym) ((sym) - IMAGE_OFFSET)

#define MB1_MAGIC	0x1BADB002
#define MB1_FLAGS	0x00000003	/* page-aligned modules, memory map */
#define MB2_MAGIC	0xE85250D6

	.section .multiboot, "ax"
	.balign 8
multiboot1:
	.long	MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
	.balign 8
multiboot2:
	.long	MB2_MAGIC, 0, multiboot2_end - multiboot2
	.long	-(MB2_MAGIC + (multiboot2_end - multiboot2))
	/* Ask for page-aligned modules. */
	.word	6, 0
	.long	8
	/* End tag. */
	.word	0, 0
	.long	8
multiboot2_end:

	.text
	.globl	start
start:
	cli
	cld
	movl	%eax, %esi		/* loader's magic */
	movl	%ebx, %edi		/* loader's information */
	movl	$PA(boot_stack + STACK_SIZE - 512), %esp
	jmp	check_processor
processor_is_good:

	/* image_l1[i] = (IMAGE_PADDR + i * 4096) | present | writable; protected later */
	movl	$PA(image_l1), %ebx
	movl	$(IMAGE_PADDR + 3), %eax
	movl	$1024, %ecx
1:	movl	%eax, (%ebx)
	movl	$0, 4(%ebx)
	addl	$4096, %eax
	addl	$8, %ebx
	loop	1b

	/* The image's two L2 slots in the top table. */
	movl	$(PA(image_l1) + 0x23), PA(idle_top_l2 + TOP_L2_SLOT(IMAGE_START) * 8)
	movl	$(PA(image_l1) + 0x1023), PA(idle_top_l2 + (TOP_L2_SLOT(IMAGE_START) + 1) * 8)

	/* Two large pages that keep us alive until the jump. */
	movl	$0x0000e3, PA(boot_low_l2)
	movl	$0x2000e3, PA(boot_low_l2 + 8)
	movl	$(PA(boot_low_l2) + 1), PA(idle_l3)
	movl	$(PA(idle_top_l2) + 1), PA(idle_l3 + 24)

	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PA(idle_l3), %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	andl	$~(CR0_EM | CR0_TS | CR0_CD | CR0_NW), %eax
	orl	$(CR0_PG | CR0_WP | CR0_PE | CR0_NE | CR0_MP | CR0_AM), %eax
	movl	%eax, %cr0
	movl	$high, %eax
	jmp	*%eax
high:
	movl	$(boot_stack + STACK_SIZE - 512), %esp	/* main moves below struct cpu */
	movl	$0, idle_l3
	movl	%cr3, %eax
	movl	%eax, %cr3
	pushl	$0
	popf
	xorl	%ebp, %ebp
	movl	%esi, %eax
	movl	%edi, %edx
	call	hypervisor_main
	ud2

/*
 * What C code is compiled for, and what no guest can do without.  No paging
 * yet, no console yet: what is missing is said on the serial line, by hand.
 * ESI and EDI are kept.
 */
check_processor:
	pushfl
	popl	%eax
	movl	%eax, %ecx
	xorl	$EFLAGS_ID, %eax	/* can be changed where there is CPUID */
	pushl	%eax
	popfl
	pushfl
	popl	%eax
	xorl	%ecx, %eax
	testl	$EFLAGS_ID, %eax
	movl	$PA(no_cpuid_text), %ebx
	jz	tell_and_leave

	xorl	%eax, %eax
	cpuid
	testl	%eax, %eax
	movl	$PA(no_cpuid_text), %ebx
	jz	tell_and_leave
	movl	$1, %eax
	cpuid
	movl	%edx, %ebp
	movl	$PA(needed), %ebx
	xorl	%ecx, %ecx		/* anything missing? */
1:	movl	(%ebx), %eax
	testl	%eax, %eax
	jz	2f
	testl	%eax, %ebp
	jnz	3f
	movl	$1, %ecx
	pushl	%ebx
	movl	$PA(missing_text), %ebx
	call	tell
	popl	%ebx
	pushl	%ebx
	movl	4(%ebx), %ebx
	call	tell
	popl	%ebx
3:	addl	$8, %ebx
	jmp	1b
2:	testl	%ecx, %ecx
	jz	processor_is_good
	movl	$PA(remedy_text), %ebx

tell_and_leave:
	call	tell
	/* `debugexit` among our own words: the machine is an emulator, and somebody waits. */
	cmpl	$0x2BADB002, %esi
	jne	4f
	testl	$4, (%edi)
	jz	stay
	movl	16(%edi), %ebx
	jmp	6f
4:	leal	8(%edi), %eax
5:	leal	8(%eax), %ebx
	cmpl	$1, (%eax)		/* a Multiboot 2 tag: the command line */
	je	6f
	cmpl	$0, (%eax)
	je	stay
	movl	4(%eax), %ecx
	addl	$7, %ecx
	andl	$~7, %ecx
	addl	%ecx, %eax
	jmp	5b
6:	cmpb	$0, (%ebx)
	je	stay
	cmpl	$0x75626564, (%ebx)	/* "debu" */
	jne	7f
	cmpl	$0x69786567, 4(%ebx)	/* "gexi" */
	je	leave
7:	incl	%ebx
	jmp	6b
leave:
	/* As machine/end.c leaves after a panic: QEMU's exit device, Bochs's word, a reset. */
	movb	$0x21, %al
	outb	%al, $0xf4
	movl	$PA(shutdown_text), %ebx
	movw	$0x8900, %dx
8:	movb	(%ebx), %al
	testb	%al, %al
	jz	9f
	outb	%al, %dx
	incl	%ebx
	jmp	8b
9:	pushl	$0
	pushl	$0
	lidt	(%esp)
	int3
stay:
	hlt
	jmp	stay

/* The string at EBX to COM1; a line that is never ready is not waited for.  Keeps ECX. */
tell:
	movb	(%ebx), %ah
	testb	%ah, %ah
	jz	3f
	pushl	%ecx
	movl	$100000, %ecx
	movw	$0x3fd, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	loopz	1b
	popl	%ecx
	movb	%ah, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	incl	%ebx
	jmp	tell
3:	ret

	.section .rodata
no_cpuid_text:
	.ascii	"Ringone: cannot run: this processor has no CPUID\r\n"
remedy_text:
	.asciz	"Ringone: use a Pentium II or later, or an emulated model with all of it\r\n"
missing_text:
	.asciz	"Ringone: cannot run: this processor has no "
shutdown_text:
	.asciz	"Shutdown"
.macro NEED bit, name
	.pushsection .rodata.names, "a"
77:	.asciz	"\name (CPUID 1, EDX bit \bit)\r\n"
	.popsection
	.long	1 << \bit, PA(77b)
.endm
	.balign	4
needed:
	NEED	4, "TSC"
	NEED	5, "MSRs"
	NEED	6, "PAE"
	NEED	8, "CX8"
	NEED	9, "APIC"
	NEED	15, "CMOV"
	NEED	24, "FXSR"
	.long	0

	.section .bss.stack, "aw", @nobits
	.globl	boot_stack
boot_stack:
	.skip	STACK_SIZE

	.section .bss.page_aligned, "aw", @nobits
	.balign	4096
boot_low_l2:
	.skip	4096
	.globl	idle_l3
idle_l3:				/* 32-byte aligned, below 4 GiB: the boot CPU's L3 */
	.skip	32
