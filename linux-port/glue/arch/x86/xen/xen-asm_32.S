/* SPDX-License-Identifier: MIT */
/*
 * The way into an i386 kernel from a hypervisor, and the operations worth writing in assembly.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>

#include <ringone/abi.h>

#define VCPU_MASK	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_mask)
#define VCPU_PENDING	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_pending)

	__INIT
/*
 * Entered by the domain builder: flat ring-1 segments, paging on, events masked, ESI points to
 * start_info. The builder's stack is left at once; it lies in memory that will be reused.
 */
SYM_CODE_START(startup_xen)
	cld
	movl	initial_stack, %esp
	movl	%esi, %eax
	call	xen_start_kernel
	ud2
SYM_CODE_END(startup_xen)
	__FINIT

	.pushsection .noinstr.text, "ax"
/* Number in EAX, arguments in EBX ECX EDX ESI EDI, result in EAX. */
SYM_FUNC_START(xen_hypercall_pv)
	int	$0x82
	RET
SYM_FUNC_END(xen_hypercall_pv)

/*
 * The interrupt flag of a guest is a byte in memory, and its sense is the opposite one. These
 * four are called from C and may change EAX only.
 */
SYM_FUNC_START(xen_irq_disable_direct)
	movb	$1, VCPU_MASK
	RET
SYM_FUNC_END(xen_irq_disable_direct)

/* What came in while events were masked is delivered on the way back from any hypercall. */
SYM_FUNC_START(xen_irq_enable_direct)
	movb	$0, VCPU_MASK
	cmpb	$0, VCPU_PENDING
	jne	1f
	RET
1:	pushl	%ecx
	pushl	%edx
	call	xen_force_evtchn_callback
	popl	%edx
	popl	%ecx
	RET
SYM_FUNC_END(xen_irq_enable_direct)

/* Returns EFLAGS with only IF in it. */
SYM_FUNC_START(xen_save_fl_direct)
	xorl	%eax, %eax
	cmpb	$0, VCPU_MASK
	sete	%ah
	shll	$(X86_EFLAGS_IF_BIT - 8), %eax
	RET
SYM_FUNC_END(xen_save_fl_direct)

/* The reverse, with the flags in EAX: an operation until 5.11, plain C since. */
SYM_FUNC_START(xen_restore_fl_direct)
	testl	$X86_EFLAGS_IF, %eax
	jnz	xen_irq_enable_direct
	movb	$1, VCPU_MASK
	RET
SYM_FUNC_END(xen_restore_fl_direct)

SYM_FUNC_START(xen_read_cr2)
	movl	PER_CPU_VAR(xen_vcpu), %eax
	movl	XEN_vcpu_info_arch_cr2(%eax), %eax
	RET
SYM_FUNC_END(xen_read_cr2)

SYM_FUNC_START(xen_read_cr2_direct)
	movl	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_arch_cr2), %eax
	RET
SYM_FUNC_END(xen_read_cr2_direct)
	.popsection

/* Asks for the hole and the M2P at run time, see ringone/abi.h. */
	ELFNOTE(Ringone, RINGONE_NOTE_MODERN, .long 1)
