/* SPDX-License-Identifier: MIT */
/*
 * The first instructions. A multiboot loader leaves us at 1 MiB in protected mode, paging off,
 * EAX = MULTIBOOT_LOADED, EBX = what it knows about the machine. Everything here is linked at
 * KERNEL_BASE + 1 MiB, so until paging is on, addresses are taken down by KERNEL_BASE by hand.
 *
 * The tables made here map the first GiB of memory twice, at 0 and at KERNEL_BASE, by 512 pages
 * of 2 MiB; paging.c makes the real ones.
 */
#define __ASSEMBLY__
#include "layout.h"

#define PHYS(x) ((x) - KERNEL_BASE)

	.section .multiboot, "a"
	.balign	4
	.long	0x1badb002			/* magic */
	.long	3				/* aligned modules, memory size */
	.long	-(0x1badb002 + 3)		/* checksum */

	.text
	.globl	start
start:
	cld
	movl	%eax, %ebp			/* keep what the loader said */

	movl	$PHYS(boot_l2), %edi
	movl	$0x83, %eax			/* present, writable, 2 MiB */
	movl	$512, %ecx
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	loop	1b

	movl	$(PHYS(boot_l2) + 1), %eax	/* present; other bits are reserved here */
	movl	%eax, PHYS(boot_l3)
	movl	%eax, PHYS(boot_l3) + 3 * 8

	movl	%cr4, %eax
	orl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	$PHYS(boot_l3), %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	orl	$0x80010000, %eax		/* paging; read-only is meant for the kernel too */
	movl	%eax, %cr0

	movl	$high, %eax			/* from the low copy to the high one */
	jmp	*%eax
high:
	movl	$boot_stack_top, %esp
	pushl	%ebx
	pushl	%ebp
	call	kernel_main
2:	cli
	hlt
	jmp	2b

	.bss
	.balign	4096
boot_l2:
	.skip	4096
boot_l3:
	.skip	32
	.balign	4096
	.skip	8192
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
