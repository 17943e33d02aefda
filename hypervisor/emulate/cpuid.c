/* SPDX-License-Identifier: MIT */
/*
 * CPUID as a guest kernel is told (forced CPUID; the plain instruction does
 * not trap and shows the processor as it is).
 *
 * A whitelist: features that work in rings 1 and 3 without our help, and the
 * few that are emulated.  Hidden is what needs ring 0 (PSE, PGE, MTRR, MCA,
 * VMX, SVM, PCID, SMEP, SMAP, UMIP, x2APIC, TSC deadline, MONITOR, performance
 * counters), 64-bit mode, and SYSCALL, whose entry is not ours to bounce in
 * 32-bit mode.  SYSENTER stays: its callback works.
 *
 * OSXSAVE says what the hypervisor does, not what the guest has set so far: a
 * kernel of this interface asks before it sets CR4, and takes XSAVE only where
 * the bit is there already.  The plain instruction shows programs the guest's
 * own CR4, so none believes in AVX that its kernel does not save.
 *
 * cpuid_filter() is pure and runs in the unit tests.
 */
#include "cpuid.h"

#define BIT(n)       (1U << (n))
#define MAX_BASIC    0xdU
#define MAX_EXTENDED 0x80000008U

/* SSE3 PCLMULQDQ SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND */
#define LEAF1_ECX                                                                               \
	(BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | \
	 BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
#define LEAF1_OSXSAVE    BIT(27)
#define LEAF1_HYPERVISOR BIT(31)
/* FPU DE TSC MSR PAE CX8 SEP CMOV PAT CLFSH MMX FXSR SSE SSE2 */
#define LEAF1_EDX                                                                            \
	(BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(11) | BIT(15) | BIT(16) | \
	 BIT(19) | BIT(23) | BIT(24) | BIT(25) | BIT(26))
#define LEAF1_APIC BIT(9)
#define LEAF1_ACPI BIT(22)
/* BMI1 AVX2 BMI2 ERMS RDSEED ADX CLFLUSHOPT SHA; FSRM */
#define LEAF7_EBX (BIT(3) | BIT(5) | BIT(8) | BIT(9) | BIT(18) | BIT(19) | BIT(23) | BIT(29))
#define LEAF7_EDX BIT(4)
/* LAHF ABM SSE4A MISALIGNSSE PREFETCHW XOP FMA4 TBM */
#define LEAFE1_ECX (BIT(0) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(11) | BIT(16) | BIT(21))
/* AMD's copies of leaf 1, and NX MMXEXT FXSR_OPT 3DNOWEXT 3DNOW */
#define LEAFE1_EDX                                                                               \
	((LEAF1_EDX & ~BIT(11) & ~BIT(19) & ~BIT(25) & ~BIT(26)) | BIT(20) | BIT(22) | BIT(25) | \
	 BIT(30) | BIT(31))
#define INVARIANT_TSC   BIT(8)
#define XSAVE_STATES    7U /* x87, SSE, AVX */
#define XSAVE_BYTES     576U
#define XSAVE_BYTES_AVX 832U

static struct cpuid_regs basic(const struct cpuid_policy *p, uint32_t leaf, uint32_t subleaf,
			       struct cpuid_regs r)
{
	const struct cpuid_regs none = { 0, 0, 0, 0 };

	switch (leaf) {
	case 0:
		r.eax = r.eax < MAX_BASIC ? r.eax : MAX_BASIC;
		return r;
	case 1:
		r.ebx = (r.ebx & 0xffff) | 1U << 16 | p->vcpu_id << 24;
		r.ecx = (r.ecx & LEAF1_ECX) | LEAF1_HYPERVISOR;
		if (r.ecx & BIT(26) && p->osxsave)
			r.ecx |= LEAF1_OSXSAVE;
		r.edx &= LEAF1_EDX | (p->initial ? LEAF1_APIC | LEAF1_ACPI : 0);
		return r;
	case 2:
		return r;
	case 4:
		r.eax &= 0x3fff; /* no other processor shares a cache with this one */
		return r;
	case 7:
		if (subleaf)
			return none;
		return (struct cpuid_regs){ .ebx = r.ebx & LEAF7_EBX, .edx = r.edx & LEAF7_EDX };
	case 0xd:
		if (subleaf == 0)
			return (struct cpuid_regs){
				.eax = r.eax & XSAVE_STATES,
				.ebx = r.ebx < XSAVE_BYTES_AVX ? r.ebx : XSAVE_BYTES_AVX,
				.ecx = r.eax & 4 ? XSAVE_BYTES_AVX : XSAVE_BYTES,
			};
		if (subleaf == 1)
			return (struct cpuid_regs){ .eax = r.eax & BIT(0) };
		return subleaf == 2 ? r : none;
	default:
		return none;
	}
}

static struct cpuid_regs extended(uint32_t leaf, struct cpuid_regs r)
{
	const struct cpuid_regs none = { 0, 0, 0, 0 };

	switch (leaf & 0xffff) {
	case 0:
		r.eax = r.eax < MAX_EXTENDED ? r.eax : MAX_EXTENDED;
		return r;
	case 1:
		r.ecx &= LEAFE1_ECX;
		r.edx &= LEAFE1_EDX;
		return r;
	case 2 ... 6:
		return r;
	case 7:
		return (struct cpuid_regs){ .edx = r.edx & INVARIANT_TSC };
	case 8:
		return (struct cpuid_regs){ .eax = r.eax };
	default:
		return none;
	}
}

/* The leaves that say what runs here: Xen's interface, and our additions to it. */
static struct cpuid_regs hypervisor_leaf(const struct cpuid_policy *p, uint32_t leaf,
					 uint32_t subleaf)
{
	const struct cpuid_regs none = { 0, 0, 0, 0 };

	switch (leaf) {
	case CPUID_XEN_BASE:
		return (struct cpuid_regs){ CPUID_XEN_BASE + CPUID_XEN_LEAVES, CPUID_XEN_EBX,
					    CPUID_XEN_ECX, CPUID_XEN_EDX };
	case CPUID_XEN_BASE + 1:
		return (struct cpuid_regs){ .eax = p->version };
	case CPUID_XEN_BASE + 2:
		return (struct cpuid_regs){ .eax = 1,
					    .ebx = CPUID_XEN_MSR,
					    .ecx = CPUID_XEN_PRESERVE_AD };
	case CPUID_XEN_BASE + 3: /* TSC mode 2: never emulated */
		if (subleaf == 2)
			return (struct cpuid_regs){ .eax = p->tsc_khz };
		return subleaf ? none : (struct cpuid_regs){ .ebx = 2, .ecx = p->tsc_khz };
	case CPUID_XEN_BASE + 5:
		return subleaf ? none : (struct cpuid_regs){ .ebx = p->address_bits };
	case CPUID_RINGONE:
		return (struct cpuid_regs){ p->features, CPUID_RINGONE_EBX, CPUID_RINGONE_ECX,
					    CPUID_RINGONE_EDX };
	default:
		return none;
	}
}

/* `host`: what the processor itself answers to this leaf and subleaf. */
struct cpuid_regs cpuid_filter(const struct cpuid_policy *p, uint32_t leaf, uint32_t subleaf,
			       struct cpuid_regs host)
{
	if (leaf >> 16 == CPUID_XEN_BASE >> 16)
		return hypervisor_leaf(p, leaf, subleaf);
	if (leaf >> 16 == 0x8000)
		return extended(leaf, host);
	return basic(p, leaf, subleaf, host);
}
