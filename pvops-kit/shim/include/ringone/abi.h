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

/* EAX of that leaf. */
#define RINGONE_FEATURE_CR2_FRAME   0x1 /* page faults can carry CR2 on the stack */
#define RINGONE_FEATURE_DIRECT_GATE 0x2 /* int n from ring 3 can skip ring 0 */
#define RINGONE_FEATURE_AUDIT       0x4 /* the hypervisor can recount its references */

#define RINGONE_FEATURE_COUNTERS 0x8 /* the next leaf counts; privileged domains only */

/*
 * EAX ring-0 entries, EBX loads of CR3, ECX TLB flushes, EDX 4gb_segments repairs of this
 * processor so far, modulo 2^32.
 */
#define RINGONE_COUNTERS_LEAF 0x40000101

#define RINGONE_FEATURE_EMULATED 0x10 /* debug builds: what is emulated for a domain is counted */

/*
 * Instructions of this domain's kernel, modulo 2^32: EAX emulated, EBX refused, ECX not recorded
 * by place; EDX emulated for its programs. Asking is a forced CPUID, and counts as one.
 */
#define RINGONE_EMULATED_LEAF 0x40000102

#define RINGONE_FEATURE_LATENESS 0x20 /* debug builds: how long timers had to wait */

/*
 * In ns, since the leaf was read last: EAX how long the machine's timer waited at most for its
 * interrupt to be taken, EBX for what it was set for to be done.
 */
#define RINGONE_LATENESS_LEAF 0x40000103

#define RINGONE_FEATURE_SHARED_TOP 0x40 /* several L3s may name one top L2 in their last entry */
#define RINGONE_FEATURE_SWITCH     0x80 /* the call below */

/*
 * A task switch (__HYPERVISOR_arch_6): EBX frame of the new L3, ECX and EDX SS and ESP of the kernel
 * stack. Where the L3 is refused the stack stays, too.
 */
#define RINGONE_HYPERCALL_SWITCH 54

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
 * The audit call, an architecture-specific number of Xen's (__HYPERVISOR_arch_7): recounts every
 * reference and type of the caller's. 0, or -EINVAL after saying on the console what disagrees.
 * EBX is a sum of these; the last two are for a privileged domain.
 */
#define RINGONE_HYPERCALL_AUDIT 55
#define RINGONE_AUDIT_VERBOSE   1 /* say something when all agree, too */
#define RINGONE_AUDIT_WHOLE     2 /* of all domains, ports, grants, timers and objects */
#define RINGONE_AUDIT_HEAP      4 /* instead: how many objects of its own the hypervisor has */

/*
 * The ELF note that makes a kernel "modern": it promises to ask for the hypervisor's hole
 * (XENVER_platform_parameters) and for the M2P (XENMEM_machphys_mapping) at run time.
 */
#define RINGONE_NOTE_OWNER  "Ringone"
#define RINGONE_NOTE_MODERN 1

#endif
