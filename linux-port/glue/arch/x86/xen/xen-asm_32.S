/* SPDX-License-Identifier: MIT */
/*
 * The way into an i386 kernel from a hypervisor, and the operations worth writing in assembly.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include <asm/percpu.h>

#include <ringone/abi.h>

	__INIT
/*
 * Entered by the domain builder: flat ring-1 segments, paging on, events masked, ESI points to
 * start_info. The builder's stack is left at once; it lies in memory that will be reused.
 */
SYM_CODE_START(startup_xen)
	cld
	movl	initial_stack, %esp
	movb	$1, xen_vcpu_info + XEN_vcpu_info_mask	/* as it is where the hypervisor still looks */
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

SYM_FUNC_START(xen_read_cr2)
	movl	PER_CPU_VAR(xen_vcpu), %eax
	movl	XEN_vcpu_info_arch_cr2(%eax), %eax
	RET
SYM_FUNC_END(xen_read_cr2)
	.popsection

/* Asks for the hole and the M2P at run time, see ringone/abi.h. */
	ELFNOTE(Ringone, RINGONE_NOTE_MODERN, .long 1)
