/* SPDX-License-Identifier: MIT */
/*
 * MSRs that a guest kernel reads and writes in ring 1.  A short list; anything
 * else is #GP, which kernels that probe expect.  No write reaches hardware:
 * what is accepted either says what is already so, or is remembered by nobody.
 * The one MSR of the interface fills a hypercall page.
 */
#include "cpuid.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"

#define MSR_PLATFORM_ID           0x00000017
#define MSR_PLATFORM_INFO         0x000000ce
#define MSR_MISC_FEATURES_ENABLES 0x00000140
#define MSR_HWCR                  0xc0010015
#define MSR_NB_CFG                0xc001001f
#define MSR_DE_CFG                0xc0011029
#define DE_CFG_LFENCE_SERIALISES  (1U << 1)
#define FEATURE_CONTROL_LOCKED    1U
#define APIC_BASE_DEFAULT         0xfee00000U
#define APIC_BASE_ENABLE          (1U << 11)
#define APIC_BASE_BSP             (1U << 8)
#define MSR_FEATURE_CONTROL       0x0000003a
#define MSR_UCODE_REV             0x0000008b
#define MSR_DEBUGCTL              0x000001d9
#define MSR_EFER_VISIBLE          (EFER_NXE) /* never SCE, LME, SVME */
#define MISC_ENABLE_FAST_STRINGS  1U

/* Of that make, or Hygon's, which is the same. */
static bool is_amd(void)
{
	uint32_t maker = cpuid(0, 0).ebx;

	return maker == 0x68747541 /* Auth */ || maker == 0x6f677948 /* Hygo */;
}

static bool is_efer_known(void)
{
	return cpuid(0x80000000, 0).eax >= 0x80000001 && cpuid(0x80000001, 0).edx & (1U << 20);
}

bool read_guest_msr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_TSC:
		*value = rdtsc();
		return true;
	case MSR_APIC_BASE: /* who is not the first domain has none, and reads where it would be */
		*value = APIC_BASE_DEFAULT | APIC_BASE_ENABLE | (v->id ? 0 : APIC_BASE_BSP);
		return !v->domain->initial || rdmsr_safe(msr, value);
	case MSR_PAT:
		return rdmsr_safe(msr, value);
	case MSR_EFER:
		*value = is_efer_known() ? rdmsr(msr) & MSR_EFER_VISIBLE : 0;
		return true;
	case MSR_MISC_ENABLE:
		*value = MISC_ENABLE_FAST_STRINGS;
		return true;
	case MSR_FEATURE_CONTROL: /* locked, with nothing switched on */
		*value = FEATURE_CONTROL_LOCKED;
		return !is_amd();
	case MSR_DE_CFG:
		*value = DE_CFG_LFENCE_SERIALISES;
		return is_amd();
	case MSR_HWCR:
	case MSR_NB_CFG:
		*value = 0;
		return is_amd();
	case CPUID_XEN_MSR:
	case MSR_PLATFORM_ID:
	case MSR_PLATFORM_INFO: /* no CPUID faulting */
	case MSR_MISC_FEATURES_ENABLES:
	case MSR_UCODE_REV:
	case MSR_DEBUGCTL: /* no branch traces; debuggers look before they step */
	case MSR_SYSENTER_CS:
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
		*value = 0;
		return true;
	default:
		/*
		 * Kernels that read MSRs before they have a #GP handler are not to
		 * die of it (public/arch-x86/xen.h, set_trap_table).
		 */
		*value = 0;
		return !v->cpu.traps[TRAP_GP].address;
	}
}

/* The page whose machine address is written becomes a hypercall page. */
static bool fill_hypercall_page(struct domain *d, uint64_t value)
{
	mfn_t m = paddr_to_mfn(value);
	uint8_t *page;
	bool ok;

	if (value & (PAGE_SIZE - 1) || value >> 44 || !mfn_valid(m))
		return false;
	spin_lock(&d->mm.lock);
	ok = !get_page_and_type(mfn_to_page(m), d, PGT_writable);
	if (TRUST_CHECK(1, 52, ok)) {
		page = map_frame(m);
		hypercall_page_fill(page);
		unmap_frame(page);
		put_page_and_type(mfn_to_page(m));
	}
	spin_unlock(&d->mm.lock);
	return ok;
}

/* Cache attributes (PAT) and the APIC's place are the machine's (TRUST 10). */
bool write_guest_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t now;

	switch (msr) {
	case MSR_TSC:
	case MSR_UCODE_REV:
	case MSR_MISC_ENABLE:
	case MSR_SYSENTER_CS:
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
		return true;
	case MSR_DE_CFG: /* kernels for AMD's processors set bits of these without a look */
	case MSR_HWCR:
	case MSR_NB_CFG:
		return is_amd();
	case CPUID_XEN_MSR:
		return fill_hypercall_page(v->domain, value);
	case MSR_APIC_BASE:
	case MSR_PAT:
	case MSR_EFER:
	case MSR_DEBUGCTL:
	case MSR_MISC_FEATURES_ENABLES:
		return read_guest_msr(v, msr, &now) && TRUST_CHECK(10, 21, value == now);
	default:
		return false;
	}
}
