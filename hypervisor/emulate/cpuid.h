/* SPDX-License-Identifier: MIT */
/* What CPUID tells a guest: the filter, apart from the guest it is made for. */
#ifndef RINGONE_CPU_CPUID_H
#define RINGONE_CPU_CPUID_H

#include "types.h"
#include "x86.h"

struct cpuid_policy {
	uint32_t vcpu_id;
	bool initial;      /* sees APIC and ACPI, as who owns the machine */
	bool osxsave;      /* the hypervisor runs with XSAVE */
	uint32_t version;  /* of the interface: major << 16 | minor */
	uint32_t features; /* RINGONE_FEAT_* */
	uint32_t tsc_khz;
	uint32_t address_bits; /* machine addresses are narrower than 1 << this */
};

/* public/arch-x86/cpuid.h has these as XEN_CPUID_*; guest_cpuid.c checks that they agree. */
#define CPUID_XEN_BASE        0x40000000U
#define CPUID_XEN_LEAVES      5
#define CPUID_XEN_EBX         0x566e6558U
#define CPUID_XEN_ECX         0x65584d4dU
#define CPUID_XEN_EDX         0x4d4d566eU
#define CPUID_XEN_PRESERVE_AD 1U
#define CPUID_XEN_MSR         0x40000000U /* write it to have a hypercall page filled */
/* "RingoneVMM\0\0" in EBX, ECX, EDX. */
#define CPUID_RINGONE     0x40000100U
#define CPUID_RINGONE_EBX 0x676e6952U
#define CPUID_RINGONE_ECX 0x56656e6fU
#define CPUID_RINGONE_EDX 0x00004d4dU

#define CPUID1_OSXSAVE    (1U << 27) /* ECX */
#define CPUID1_HYPERVISOR (1U << 31)
#define CPUID1_APIC       (1U << 9) /* EDX */

struct cpuid_regs cpuid_filter(const struct cpuid_policy *p, uint32_t leaf, uint32_t subleaf,
			       struct cpuid_regs host);

#endif
