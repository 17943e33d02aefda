/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_ABI_H
#define RINGONE_ABI_H

/*
 * The numbers of Ringone's own additions to Xen's PV interface, and nothing else.
 *
 * Everything a guest needs from Xen itself comes from Xen's public headers. What stands here
 * is optional: a kernel asks for it (ringone/discover.h) and lives without it on plain Xen.
 * No types and no includes, so that assembly and any kernel tree can use the file as it is.
 */

/* The forced CPUID leaf that announces Ringone: EBX, ECX, EDX spell "RingoneVMM\0\0". */
#define RINGONE_CPUID_LEAF 0x40000100
#define RINGONE_CPUID_EBX  0x676e6952 /* "Ring" */
#define RINGONE_CPUID_ECX  0x56656e6f /* "oneV" */
#define RINGONE_CPUID_EDX  0x00004d4d /* "MM"   */

/* EAX of that leaf; for tests and tools there are more (ringone/watch.h). */
#define RINGONE_FEATURE_CR2_FRAME   0x1   /* page faults can carry CR2 on the stack */
#define RINGONE_FEATURE_DIRECT_GATE 0x2   /* int n from ring 3 can skip ring 0 */
#define RINGONE_FEATURE_SHARED_TOP  0x40  /* several L3s may name one top L2 in their last entry */
#define RINGONE_FEATURE_SWITCH      0x80  /* the call below */
#define RINGONE_FEATURE_RUNS        0x100 /* the one below it */

/*
 * A task switch (__HYPERVISOR_arch_6): EBX frame of the new L3, ECX and EDX SS and ESP of the kernel
 * stack. Where the L3 is refused the stack stays, too.
 */
#define RINGONE_HYPERCALL_SWITCH 54

/*
 * Neighbouring entries of L1 tables (__HYPERVISOR_arch_5): EBX elements, ECX how many bytes of them. An
 * element is mmu_update's, command 0, with the number of further values (31 at most) in bits 63:48 of its
 * address; they follow its value and belong to the entries behind it in the same table.
 */
#define RINGONE_HYPERCALL_RUNS 53

/*
 * trap_info.flags as Xen knows it: bits 1:0 DPL, bit 2 "mask events". Bit 3, on vector 14
 * only, asks for the frame
 *
 *	 0(%esp)  CR2
 *	 4(%esp)  error code
 *	 8(%esp)  EIP, CS, EFLAGS [, ESP, SS]
 *
 * A hypervisor that does not announce the feature may refuse the bit or ignore it.
 */
#define RINGONE_TRAP_DPL         0x03
#define RINGONE_TRAP_MASK_EVENTS 0x04
#define RINGONE_TRAP_CR2_FRAME   0x08

/*
 * The ELF note that makes a kernel "modern": it promises to ask for the hypervisor's hole
 * (XENVER_platform_parameters) and for the M2P (XENMEM_machphys_mapping) at run time.
 */
#define RINGONE_NOTE_OWNER  "Ringone"
#define RINGONE_NOTE_MODERN 1

#endif
