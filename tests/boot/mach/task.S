/* SPDX-License-Identifier: MIT */
/*
 * A task for GNU Mach, the module it is started with: opens the console by an
 * RPC to the device port that stands among its arguments, and writes a line to
 * it by another.  Is there a disk, it reads a sector of it and writes what that
 * begins with.  Messages as mach/message.h and device.defs of that system
 * describe them; nothing else of it is used.
 */
#define TOLD	64	/* characters of the sector */

	.text
	.globl _start
_start:
	movl	%esp, %esi
	movl	(%esi), %ecx		/* argc */
	xorl	%ebp, %ebp
	leal	4(%esi), %esi
next:	jecxz	found
	decl	%ecx
	lodsl
	movzbl	(%eax), %edx
	subl	$'0', %edx
	cmpl	$9, %edx
	ja	next			/* no number */
	xorl	%ebp, %ebp		/* the last number is the device port's */
digit:	imull	$10, %ebp
	addl	%edx, %ebp
	incl	%eax
	movzbl	(%eax), %edx
	subl	$'0', %edx
	cmpl	$9, %edx
	jbe	digit
	jmp	next
found:
	movl	$-26, %eax		/* mach_reply_port */
	lcall	$7, $0
	movl	%eax, %ebx
	movl	%ebp, open_remote
	movl	%ebx, open_local
	pushl	$open_size
	pushl	$open
	call	rpc
	movl	open+36, %eax		/* the port of the console */
	movl	%eax, write_remote
	movl	%ebx, write_local
	movl	%eax, tell_remote
	movl	%ebx, tell_local
	pushl	$write_size
	pushl	$write
	call	rpc
	movl	%ebp, disk_remote
	movl	%ebx, disk_local
	pushl	$disk_size
	pushl	$disk
	call	rpc
	cmpl	$0, disk+28		/* none: that was all */
	jne	1f
	movl	disk+36, %eax
	movl	%eax, read_remote
	movl	%ebx, read_local
	pushl	$read_size
	pushl	$read
	call	rpc
	cmpl	$0, read+28
	jne	1f
	movl	read+44, %esi		/* the sector, in pages of our own */
	movl	$told, %edi
	movl	$TOLD, %ecx
	rep movsb
	pushl	$tell_size
	pushl	$tell
	call	rpc
1:	jmp	1b

rpc:	/* message, size: sent, and the answer received into it */
	movl	4(%esp), %eax
	movl	8(%esp), %ecx
	pushl	$0			/* notify */
	pushl	$0			/* timeout */
	pushl	%ebx			/* where the answer comes */
	pushl	$256			/* room for it */
	pushl	%ecx
	pushl	$3			/* send and receive */
	pushl	%eax
	pushl	$0			/* where a return address stands */
	movl	$-25, %eax		/* mach_msg */
	lcall	$7, $0
	addl	$32, %esp
	ret	$8

	.data
	.balign	4
#define HEADER(name, id)						\
	.long	0x1513;	/* copy send, make send once */			\
	.long	name##_size;						\
name##_remote: .long 0;							\
name##_local: .long 0;							\
	.long	0, id
#define INTEGER		0x10012002
#define STRING(n)	0x30000000, 12 | (n) * 8 << 16, 1	/* the long form */
#define CHARACTERS(n)	(0x10000808 | (n) << 16)

open:	HEADER(open, 2800)
	.long	INTEGER, 2		/* to write */
	.long	STRING(128)
1:	.asciz	"console"
	.skip	128 - (. - 1b)
open_size = . - open
	.skip	256

write:	HEADER(write, 2803)		/* device_write_inband */
	.long	INTEGER, 0, INTEGER, 0	/* mode, record number */
	.long	CHARACTERS(text_size)
1:	.ascii	"a task of ours runs on Mach\r\n"
text_size = . - 1b
	.balign	4
write_size = . - write
	.skip	256

disk:	HEADER(disk, 2800)
	.long	INTEGER, 1		/* to read */
	.long	STRING(128)
1:	.asciz	"hd0"
	.skip	128 - (. - 1b)
disk_size = . - disk
	.skip	256

read:	HEADER(read, 2804)		/* device_read: whole sectors, as pages */
	.long	INTEGER, 1, INTEGER, 1, INTEGER, 512	/* mode, sector, bytes */
read_size = . - read
	.skip	256

tell:	HEADER(tell, 2803)
	.long	INTEGER, 0, INTEGER, 0
	.long	CHARACTERS(TOLD)
told:	.skip	TOLD
tell_size = . - tell
	.skip	256
