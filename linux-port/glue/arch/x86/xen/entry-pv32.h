/* SPDX-License-Identifier: MIT */
/*
 * Part of entry_32.S: entry stubs that need its macros and its way out.
 */
#ifdef CONFIG_XEN_PV
#include <xen/interface/xen.h>

/*
 * This processor's event mask and pending byte. On SMP they lie behind FS, which is the interrupted
 * context's on the way out: it lies on the stack meanwhile.
 */
#ifdef CONFIG_SMP
#define VCPU(what)	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_##what)
#else
#define VCPU(what)	%ss:xen_vcpu_info + XEN_vcpu_info_##what
#endif

.macro PV32_POP_FS
#ifdef CONFIG_SMP
1:	popl	%fs
	_ASM_EXTABLE(1b, .Lxen_bad_fs)
#endif
.endm

/*
 * The way out, with nothing but the frame left: EIP, CS, EFLAGS [, ESP, SS]. Events are masked.
 *
 * The processor's own iret serves any ring but cannot restore the event mask, so that is done
 * just before. An event between the two would find the kernel in an odd place: its registers
 * are the interrupted context's already. The upcall below knows the few instructions this is
 * true for. An event that came earlier makes the hypervisor do the return instead, which
 * unmasks and delivers at once.
 *
 * DS may be anything by now; SS is the kernel's.
 */
SYM_CODE_START(xen_iret)
	testl	$X86_EFLAGS_IF, 2*4(%esp)
	jz	.Lxen_native_iret		/* stays masked */
#ifdef CONFIG_SMP
	pushl	%fs
	pushl	$__KERNEL_PERCPU
	popl	%fs
#endif
	movb	$0, VCPU(mask)
.Lxen_unmasked:
	cmpb	$0, VCPU(pending)
	jne	.Lxen_events_pending
	PV32_POP_FS
.Lxen_native_iret:
	iret
.Lxen_events_pending:
	movb	$1, VCPU(mask)
.Lxen_unmasked_end:
	PV32_POP_FS
	pushl	%eax				/* part of that call's frame */
	movl	$__HYPERVISOR_iret, %eax
	int	$0x82
	ud2
#ifdef CONFIG_SMP
.Lxen_bad_fs:					/* gone from the LDT: none, as on bare metal */
	movl	$0, (%esp)
	popl	%fs
	jmp	xen_iret
#endif
	_ASM_EXTABLE(.Lxen_native_iret, .Lasm_iret_error)
SYM_CODE_END(xen_iret)

/*
 * The upcall for events. Where it hits the return path above, the frame of the upcall itself is
 * dropped: what lies behind it is the context that was about to be returned to, complete, and
 * the event happens there. So returns never nest, and work that the event makes for the
 * way to user space (a signal, another task) is not overlooked.
 */
SYM_CODE_START(xen_asm_exc_xen_hypervisor_callback)
	testb	$2, 1*4(%esp)			/* ring 3: an address says nothing */
	jnz	2f
	cmpl	$.Lxen_unmasked, (%esp)
	jb	2f
	cmpl	$.Lxen_unmasked_end, (%esp)
	jae	2f
	cmpl	$.Lxen_native_iret, (%esp)
	leal	3*4(%esp), %esp
#ifdef CONFIG_SMP
	je	2f				/* there FS is back already */
#endif
	PV32_POP_FS
2:	jmp	asm_exc_xen_hypervisor_callback
SYM_CODE_END(xen_asm_exc_xen_hypervisor_callback)

/* Only x86-64's entry code emits this stub by itself. */
idtentry X86_TRAP_OTHER asm_exc_xen_hypervisor_callback xen_pv_evtchn_do_upcall has_error_code=0

/*
 * A page fault whose frame begins with CR2:
 *
 *	0(%esp) CR2	4(%esp) error code	8(%esp) EIP, CS, EFLAGS [, ESP, SS]
 *
 * pt_regs has a word that i386 does not use, the slot of GS, just below the error code; the
 * address is there already and pv32_cr2() finds it.
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
