/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_WATCH_H
#define RINGONE_WATCH_H

/*
 * What tests and tools ask Ringone about itself: the rest of ringone/abi.h, of which no port needs
 * anything. No types and no includes but that, for the same reason.
 */
#include <ringone/abi.h>

#define RINGONE_FEATURE_AUDIT 0x4 /* the hypervisor can recount its references */

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

/*
 * The audit call, an architecture-specific number of Xen's (__HYPERVISOR_arch_7): recounts every
 * reference and type of the caller's. 0, or -EINVAL after saying on the console what disagrees.
 * EBX is a sum of these; the last two are for a privileged domain.
 */
#define RINGONE_HYPERCALL_AUDIT 55
#define RINGONE_AUDIT_VERBOSE   1 /* say something when all agree, too */
#define RINGONE_AUDIT_WHOLE     2 /* of all domains, ports, grants, timers and objects */
#define RINGONE_AUDIT_HEAP      4 /* instead: how many objects of its own the hypervisor has */

#endif
