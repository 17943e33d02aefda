/* SPDX-License-Identifier: MIT */
/*
 * The interface to guests, as Debian's libxen-dev headers state it.  They are
 * compiled for tools (-D__XEN_TOOLS__), never for Xen itself, and never
 * retyped.  Ringone's own additions stand at the end (docs/abi.md).
 */
#ifndef RINGONE_ABI_H
#define RINGONE_ABI_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/sysctl.h>
#include <xen/version.h>

/* Forced CPUID leaf that announces the additions: signature and feature bits in EAX. */
#define RINGONE_CPUID_LEAF       0x40000100U
#define RINGONE_SIGNATURE        "RingoneVMM\0" /* twelve bytes with the implied zero */
#define RINGONE_FEAT_CR2_FRAME   (1U << 0)
#define RINGONE_FEAT_DIRECT_GATE (1U << 1)
#define RINGONE_FEAT_AUDIT       (1U << 2) /* debug builds only */
#define RINGONE_FEAT_COUNTERS    (1U << 3) /* privileged domains only: they count for all */
/* The processor's counters, modulo 2^32: ring-0 entries, CR3 loads, TLB flushes, 4gb repairs. */
#define RINGONE_COUNTERS_LEAF 0x40000101U
#define RINGONE_FEAT_EMULATED (1U << 4) /* debug builds only */
/* What was emulated for the domain: done, refused, not recorded by place, of its programs. */
#define RINGONE_EMULATED_LEAF 0x40000102U
#define RINGONE_FEAT_LATENESS (1U << 5) /* debug builds only */
/*
 * ns that the machine's timer waited at most since the leaf was read last: EAX for its interrupt
 * (interrupts were off), EBX for what it was set for (the hypervisor was busy).
 */
#define RINGONE_LATENESS_LEAF 0x40000103U

#define RINGONE_FEAT_SHARED_TOP (1U << 6)
#define RINGONE_FEAT_SWITCH     (1U << 7)
#define RINGONE_FEAT_RUNS       (1U << 8)
/* trap_info.flags: put CR2 on the stack under the error code; vector 14 only. */

/* ELF note of owner "Ringone", type 1: hole and M2P are asked for at run time. */
#define RINGONE_ELFNOTE_OWNER  "Ringone"
#define RINGONE_ELFNOTE_MODERN 1

/* "Run again", between our own functions only: no guest ever sees it, so its headers leave it out. */
#define XEN_ERESTART 85

/* The audit call (debug builds): returns 0, or -EINVAL after printing what disagrees. */
#define __HYPERVISOR_ringone_audit __HYPERVISOR_arch_7
#define RINGONE_AUDIT_VERBOSE      1 /* say something when all agree, too */
#define RINGONE_AUDIT_WHOLE        2 /* of all domains, which stand still; for the privileged */
#define RINGONE_AUDIT_HEAP         4 /* returns the objects in use in our heap; likewise */
/* Page table and kernel stack of another task. */
#define __HYPERVISOR_ringone_switch __HYPERVISOR_arch_6
/* Neighbouring entries of L1 tables. */
#define __HYPERVISOR_ringone_runs __HYPERVISOR_arch_5

#endif
