/* SPDX-License-Identifier: MIT */
/*
 * A multiboot (1 and 2) program that stands in for a hypervisor: it writes the string after "say=" of its
 * command line to the serial line ('~' is a new line) and leaves QEMU with the number after
 * "exit=" on port 0xF4, or hangs without one. What pvkit boot makes of it is the test.
 */
	.section .multiboot, "a"
	.align	4
	.long	0x1badb002, 0, -0x1badb002
	.align	8
mb2:	.long	0xe85250d6, 0, mb2end - mb2, -(0xe85250d6 + mb2end - mb2)
	.long	0, 8			/* the tag that ends the tags */
mb2end:

	.text
	.globl	_start
_start:
	cmp	$0x36d76289, %eax
	je	two
	mov	16(%ebx), %esi		/* multiboot 1: the command line */
	jmp	begin
two:	lea	8(%ebx), %esi		/* multiboot 2: the tag of type 1 holds it */
tag:	cmpl	$1, (%esi)
	je	found
	mov	4(%esi), %ecx
	lea	7(%esi, %ecx), %esi
	and	$-8, %esi
	jmp	tag
found:	add	$8, %esi
begin:
	xor	%ebp, %ebp		/* exit code, 0 is none */
scan:	mov	(%esi), %al
	test	%al, %al
	jz	done
	cmpl	$0x3d796173, (%esi)	/* "say=" */
	je	say
	cmpl	$0x74697865, (%esi)	/* "exit" */
	je	code
	inc	%esi
	jmp	scan

code:	add	$5, %esi		/* "exit=", then decimal digits */
digit:	movzbl	(%esi), %eax
	sub	$'0', %eax
	cmp	$9, %eax
	ja	scan
	imul	$10, %ebp
	add	%eax, %ebp
	inc	%esi
	jmp	digit

say:	add	$4, %esi
next:	mov	(%esi), %cl
	test	%cl, %cl
	jz	done
	cmp	$' ', %cl
	je	scan
	cmp	$'~', %cl
	jne	1f
	mov	$'\n', %cl
1:	cmp	$'_', %cl
	jne	2f
	mov	$' ', %cl
2:	mov	$0x3fd, %dx		/* line status: wait for room */
3:	in	%dx, %al
	test	$0x20, %al
	jz	3b
	mov	%cl, %al
	mov	$0x3f8, %dx
	out	%al, %dx
	inc	%esi
	jmp	next

done:	test	%ebp, %ebp
	jz	4f
	mov	%ebp, %eax
	mov	$0xf4, %dx
	out	%al, %dx
4:	hlt
	jmp	4b
