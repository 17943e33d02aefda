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

	/* Without PAE there is nothing to be done; say so where someone may see it. */
	movl	$1, %eax
	cpuid
	testl	$(1 << 6), %edx
	jz	no_pae

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

no_pae:
	/* No paging yet, no console yet: the serial line, by hand. */
	movl	$PA(no_pae_text), %esi
2:	lodsb
	testb	%al, %al
	jz	3f
	movb	%al, %bl
	movw	$0x3fd, %dx
4:	inb	%dx, %al
	testb	$0x20, %al
	jz	4b
	movb	%bl, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	2b
3:	hlt
	jmp	3b

	.section .rodata
no_pae_text:
	.asciz	"Ringone: this processor has no PAE (CPUID 1, EDX bit 6); use a Pentium Pro or later\r\n"

	.section .bss.stack, "aw", @nobits
	.globl	boot_stack
boot_stack:
	.skip	STACK_SIZE

	.section .bss.page_aligned, "aw", @nobits
	.balign	4096
	.globl	idle_top_l2, image_l1
idle_top_l2:
	.skip	4096
image_l1:
	.skip	2 * 4096
boot_low_l2:
	.skip	4096
	.globl	idle_l3
idle_l3:				/* 32-byte aligned, below 4 GiB: the boot CPU's L3 */
	.skip	32
