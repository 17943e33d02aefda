/* SPDX-License-Identifier: MIT */
/* CPUID for a VCPU: the processor's answer through the filter of cpuid.c. */
#include "cpuid.h"
#include "emulate.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"
#include <xen/arch-x86/cpuid.h>

_Static_assert(CPUID_XEN_BASE == XEN_CPUID_FIRST_LEAF, "public/arch-x86/cpuid.h");
_Static_assert(CPUID_XEN_LEAVES == XEN_CPUID_MAX_NUM_LEAVES, "public/arch-x86/cpuid.h");
_Static_assert(CPUID_XEN_EBX == XEN_CPUID_SIGNATURE_EBX, "public/arch-x86/cpuid.h");
_Static_assert(CPUID_XEN_ECX == XEN_CPUID_SIGNATURE_ECX, "public/arch-x86/cpuid.h");
_Static_assert(CPUID_XEN_EDX == XEN_CPUID_SIGNATURE_EDX, "public/arch-x86/cpuid.h");
_Static_assert(CPUID_XEN_PRESERVE_AD == XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD,
	       "public/arch-x86/cpuid.h");
_Static_assert(CPUID_RINGONE == RINGONE_CPUID_LEAF, "abi.h");

#define INTERFACE_VERSION (4U << 16 | 17)
#define ADDRESS_BITS      33 /* RAM up to 6 GiB (layout.h) */
_Static_assert((uint64_t)MAX_RAM_FRAMES << PAGE_SHIFT <= 1ULL << ADDRESS_BITS, "layout.h");

#define ALWAYS                                                                         \
	(RINGONE_FEAT_CR2_FRAME | RINGONE_FEAT_DIRECT_GATE | RINGONE_FEAT_SHARED_TOP | \
	 RINGONE_FEAT_SWITCH | RINGONE_FEAT_RUNS)

/* What is announced to d; in debug builds the first domain may also look at all of the machine. */
static uint32_t features(const struct domain *d)
{
	uint32_t f = ALWAYS;

#ifdef RINGONE_DEBUG
	f |= RINGONE_FEAT_EMULATED;
	if (TRUST_CHECK(25, 13, d && d == hardware_domain))
		f |= RINGONE_FEAT_AUDIT | RINGONE_FEAT_LATENESS;
#endif
	return f;
}

static struct cpuid_regs counters(const struct cpu *c)
{
	return (struct cpuid_regs){ c->n_entries, c->n_cr3_loads, c->n_tlb_flushes,
				    c->n_seg_repairs };
}

/* Features are only taken away; what the kernel itself or the hypervisor switches stays. */
static struct cpuid_regs mask(const struct cpuid_mask *m, uint32_t leaf, uint32_t subleaf,
			      struct cpuid_regs r)
{
	if (leaf == 1) {
		r.ecx &= m->leaf1_ecx | CPUID1_OSXSAVE | CPUID1_HYPERVISOR;
		r.edx &= m->leaf1_edx | CPUID1_APIC;
	} else if (leaf == 7 && !subleaf) {
		r.ebx &= m->leaf7_ebx;
		r.ecx &= m->leaf7_ecx;
		r.edx &= m->leaf7_edx;
	} else if (leaf == 0x80000001) {
		r.ecx &= m->ext1_ecx;
		r.edx &= m->ext1_edx;
	}
	return r;
}

/* A VCPU of d, or of a domain as the tools first meet it (NULL), is told this. */
struct cpuid_regs policy_cpuid(const struct domain *d, uint32_t leaf, uint32_t subleaf)
{
	const struct cpuid_policy policy = {
		.initial = d && d->initial,
		.version = INTERFACE_VERSION,
		.features = features(d),
		.tsc_khz = tsc_khz,
		.address_bits = ADDRESS_BITS,
	};
	struct cpuid_regs r = cpuid_filter(&policy, leaf, subleaf, cpuid(leaf, subleaf));

	return d ? mask(&d->emulate.cpuid_mask, leaf, subleaf, r) : r;
}

static struct cpuid_regs lateness(void)
{
	struct lateness l = timer_lateness();

	return (struct cpuid_regs){ .eax = MIN(l.interrupt_ns, ~0U), .ebx = MIN(l.work_ns, ~0U) };
}

struct cpuid_regs guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
	const struct cpuid_policy policy = {
		.vcpu_id = v->id,
		.initial = v->domain->initial,
		.osxsave = fpu_has_xsave(),
		.version = INTERFACE_VERSION,
		.features = features(v->domain) |
			    (v->domain->privileged ? RINGONE_FEAT_COUNTERS : 0),
		.tsc_khz = tsc_khz,
		.address_bits = ADDRESS_BITS,
	};

	if (leaf == RINGONE_COUNTERS_LEAF && v->domain->privileged)
		return counters(this_cpu());
	if (leaf == RINGONE_EMULATED_LEAF)
		return emulated_sums(v->domain);
	if (leaf == RINGONE_LATENESS_LEAF && policy.features & RINGONE_FEAT_LATENESS)
		return lateness();
	return mask(&v->domain->emulate.cpuid_mask, leaf, subleaf,
		    cpuid_filter(&policy, leaf, subleaf, cpuid(leaf, subleaf)));
}
