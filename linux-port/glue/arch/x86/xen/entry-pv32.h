/* SPDX-License-Identifier: MIT */
/*
 * Part of entry_32.S: entry stubs that need its macros and its way out.
 */
#ifdef CONFIG_XEN_PV

/* The upcall; only x86-64's entry code emits a stub for it by itself. */
idtentry X86_TRAP_OTHER asm_exc_xen_hypervisor_callback exc_xen_hypervisor_callback has_error_code=0

/*
 * A page fault whose frame begins with CR2:
 *
 *	0(%esp) CR2	4(%esp) error code	8(%esp) EIP, CS, EFLAGS [, ESP, SS]
 *
 * pt_regs has a word that i386 does not use, the slot of GS, just below the error code; the
 * address is there already and xen_fault_address() finds it.
 */
SYM_CODE_START(xen_asm_page_fault_cr2)
	ASM_CLAC
	SAVE_ALL switch_stacks=1 skip_gs=1 unwind_espfix=1
	ENCODE_FRAME_POINTER
	movl	PT_ORIG_EAX(%esp), %edx		/* error code */
	movl	$-1, PT_ORIG_EAX(%esp)		/* not a system call */
	movl	%esp, %eax
	call	exc_page_fault
	jmp	handle_exception_return
SYM_CODE_END(xen_asm_page_fault_cr2)

/*
 * The hypervisor could not return to where the kernel wanted to. It enters here, with
 *
 *	0(%esp) DS, ES, FS, GS	16(%esp) EIP, CS, EFLAGS, ESP, SS	of the refused return.
 *
 * Either one of the four selectors has gone bad since it was loaded (an LDT entry changed):
 * then it becomes null and the return is tried again, as on bare metal. Or the frame itself
 * cannot be returned to, and the task gets what a faulting iret gives it.
 */
SYM_CODE_START(xen_failsafe_callback)
	pushl	%eax
	xorl	%eax, %eax			/* becomes 1 when a selector was bad */
1:	mov	1*4(%esp), %ds
2:	mov	2*4(%esp), %es
3:	mov	3*4(%esp), %fs
4:	mov	4*4(%esp), %gs
	testl	%eax, %eax
	popl	%eax
	leal	4*4(%esp), %esp			/* drop the selectors, keep the flags */
	jz	.Lasm_iret_error
	jmp	.Lirq_return

.irp n, 1, 2, 3, 4
1\n\():	movl	$0, \n*4(%esp)
	movl	$1, %eax
	jmp	\n\()b
.endr
	_ASM_EXTABLE(1b, 11b)
	_ASM_EXTABLE(2b, 12b)
	_ASM_EXTABLE(3b, 13b)
	_ASM_EXTABLE(4b, 14b)
SYM_CODE_END(xen_failsafe_callback)

#endif
