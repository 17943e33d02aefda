/* SPDX-License-Identifier: MIT */
#ifndef LAYOUT_H
#define LAYOUT_H

/*
 * Numbers that assembly and C share.
 *
 *	4 GiB      +---------------------+
 *	           | all RAM, linear     |  virtual = physical + KERNEL_BASE
 *	3 GiB      +---------------------+ KERNEL_BASE
 *	           | stack, grows down   |  STACK_TOP
 *	           |                     |
 *	           | heap, grows up      |  sbrk()
 *	           | program             |
 *	           +---------------------+ USER_BASE
 *	0          | nothing             |
 */
#define KERNEL_BASE 0xc0000000
#define USER_BASE   0x08048000
#define STACK_TOP   0xbffff000
#define STACK_SIZE  0x10000
#define PAGE_SIZE   4096

/* Segment selectors: index into the GDT * 8, and the ring that uses them. */
#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define USER_CS   0x1b
#define USER_DS   0x23
#define TSS_SEL   0x28

/* Vectors: 0 to 31 are the processor's, then the 16 lines of the two interrupt controllers. */
#define IRQ_BASE       32
#define SYSCALL_VECTOR 0x80

#define MULTIBOOT_LOADED 0x2badb002 /* in EAX when a multiboot loader enters us */

#endif
