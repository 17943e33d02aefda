/* SPDX-License-Identifier: MIT */
/*
 * FPU state, switched with the VCPU and never later (TRUST 18: what a lazy
 * switch leaves in the registers can be read by speculation, XSA-267).  The
 * hypervisor itself uses no FPU register, but for two that it borrows and gives
 * back at once (lib/wide.c).
 *
 * CR0.TS in hardware is the guest's own.  CR4 and XCR0 are per VCPU: a guest
 * that never asked for XSAVE runs with OSXSAVE off, so that its processes do
 * not find AVX that their kernel would not save for them.
 */
#include "call/call.h"
#include "cpu.h"
#include "internal.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"

#define XCR0_X87        1U
#define XCR0_SSE        2U
#define XCR0_AVX        4U
#define XCR0_KNOWN      (XCR0_X87 | XCR0_SSE | XCR0_AVX)
#define XSAVE_HEADER    512 /* offset of the header in the area */
#define XSAVE_AVX_AT    576
#define XSAVE_AVX_BYTES 256
#define CPUID1_FXSR     (1U << 24)
#define CPUID1_SSE      (1U << 25)
#define CPUID1_XSAVE    (1U << 26) /* ECX */
#define CPUID7_UMIP     (1U << 2)  /* ECX */
#define CPUID8_POINTERS (1U << 2)  /* 0x80000008, EBX */
#define MAKER_AMD       0x68747541 /* CPUID 0, EBX: "Auth" */
#define MAKER_HYGON     0x6f677948 /* "Hygo" */

#define FCW_DEFAULT       0x037f
#define MXCSR_DEFAULT     0x1f80
#define MXCSR_OFFSET      24
#define MXCSR_MASK_OFFSET 28
#define MXCSR_MASK_OLD    0xffbfU /* where FXSAVE stores no mask */

/*
 * AMD's processors load the addresses of the last FPU instruction and its operand
 * only along with a pending exception, unless they say otherwise; else those of
 * whoever ran before are there to be read (CVE-2006-1056, XSA-52).
 */
static bool pointers_stay;

/* What the hypervisor runs with; the guest's bits come on top. x87, SSE, AVX: 832 bytes. */
static uint32_t base_cr4;
static uint32_t xcr0_supported; /* 0: no XSAVE */
static uint32_t mxcsr_mask = MXCSR_MASK_OLD;

#ifdef RINGONE_DEBUG
static const bool count_stores =
	true; /* SGDT and its like fault, and are counted (store_tables.c) */
#else
static const bool count_stores = false;
#endif

#define CR4_GUEST (CR4_TSD | CR4_DE | CR4_OSXSAVE)

static void xsetbv(uint32_t value)
{
	__asm__ volatile(".byte 0x0f, 0x01, 0xd1" : : "c"(0), "a"(value), "d"(0));
}

static void fxsave(void *area)
{
	__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
}

static void fxrstor(const void *area)
{
	__asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
}

static void xsave(void *area)
{
	__asm__ volatile("xsave (%0)" : : "r"(area), "a"(XCR0_KNOWN), "d"(0) : "memory");
}

static void xrstor(const void *area)
{
	__asm__ volatile("xrstor (%0)" : : "r"(area), "a"(XCR0_KNOWN), "d"(0) : "memory");
}

static void probe_mxcsr_mask(void)
{
	static uint8_t area[512] __aligned(16);
	uint32_t mask;

	fxsave(area);
	memcpy(&mask, area + MXCSR_MASK_OFFSET, sizeof(mask));
	if (mask)
		mxcsr_mask = mask;
}

static bool keeps_pointers(void)
{
	uint32_t maker = cpuid(0, 0).ebx;

	if (maker != MAKER_AMD && maker != MAKER_HYGON)
		return false;
	return cpuid(0x80000000, 0).eax < 0x80000008 ||
	       !(cpuid(0x80000008, 0).ebx & CPUID8_POINTERS);
}

void fpu_init_cpu(void)
{
	struct cpuid_regs id = cpuid(1, 0);

	if (!(id.edx & CPUID1_FXSR))
		cannot_run(
			"this processor has no FXSAVE (CPUID 1, EDX bit 24); use a Pentium II or later");
	base_cr4 = read_cr4() | CR4_OSFXSR;
	if (id.edx & CPUID1_SSE)
		base_cr4 |= CR4_OSXMMEXCPT;
	/* TRUST 21: ring 1 runs in user pages; and nothing else that a guest did not ask for. */
	base_cr4 &= ~(CR4_SMEP | CR4_SMAP | CR4_UMIP | CR4_VME | CR4_PVI | CR4_TSD | CR4_DE |
		      CR4_PCE | CR4_OSXSAVE);
	if (count_stores && cpuid(0, 0).eax >= 7 && cpuid(7, 0).ecx & CPUID7_UMIP)
		base_cr4 |= CR4_UMIP;
	write_cr4(base_cr4);
	clts();
	probe_mxcsr_mask();
	pointers_stay = keeps_pointers();
	wide_moves = id.edx & CPUID1_SSE;
	if (id.ecx & CPUID1_XSAVE) {
		xcr0_supported = cpuid(0xd, 0).eax & XCR0_KNOWN;
	}
}

/* An FPU as it comes out of reset. */
static void fpu_init_vcpu(struct vcpu *v)
{
	uint16_t fcw = FCW_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;

	memcpy(v->fpu.area, &fcw, sizeof(fcw));
	memcpy(v->fpu.area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	v->cpu.guest_xcr0 = XCR0_X87;
	v->cpu.guest_cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	v->cpu.guest_cr4 = 0;
}

/*
 * An image of a guest's making (VCPUOP_initialise), or a tool's.  FXRSTOR faults on
 * MXCSR bits that the processor does not know.  What XSAVE keeps beside it stays as it
 * is: tools write a context back to change a register, and bring no more.
 */
void fpu_set_image(struct vcpu *v, const void *fxsave512)
{
	uint8_t *area = v->fpu.area;
	uint32_t mxcsr;

	memcpy(area, fxsave512, 512);
	memcpy(&mxcsr, area + MXCSR_OFFSET, sizeof(mxcsr));
	mxcsr &= mxcsr_mask;
	memcpy(area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	area[XSAVE_HEADER] |= XCR0_X87 | XCR0_SSE;
}

uint32_t fpu_xstate_components(void)
{
	return xcr0_supported;
}

uint32_t fpu_xstate_size(void)
{
	if (!xcr0_supported)
		return 0;
	return XSAVE_AVX_AT + (xcr0_supported & XCR0_AVX ? XSAVE_AVX_BYTES : 0);
}

static bool xcr0_ok(uint64_t value)
{
	return value & XCR0_X87 && !(value & ~(uint64_t)xcr0_supported) &&
	       (!(value & XCR0_AVX) || value & XCR0_SSE);
}

/*
 * XRSTOR faults, and it runs in ring 0, on a component that is not switched on, on
 * anything else in the header and on MXCSR bits that the processor does not know.
 */
bool fpu_set_xstate(struct vcpu *v, uint64_t xcr0, const void *area)
{
	const uint64_t *header = area + XSAVE_HEADER;
	uint64_t rest = 0;

	for (uint32_t i = 1; i < 8; i++)
		rest |= header[i];
	if (!xcr0_ok(xcr0) || !TRUST_CHECK(18, 10, !(header[0] & ~(uint64_t)xcr0_supported)) ||
	    !TRUST_CHECK(18, 11, !rest))
		return false;
	memcpy(v->fpu.area, area, fpu_xstate_size());
	TRUST_EFFECT(18, 106, *(uint32_t *)(v->fpu.area + MXCSR_OFFSET) &= mxcsr_mask);
	v->cpu.guest_xcr0 = xcr0;
	return true;
}

bool fpu_has_xsave(void)
{
	return xcr0_supported;
}

/* CR4 as it is to be while v runs. */
uint32_t hardware_cr4(const struct vcpu *v)
{
	return base_cr4 | v->cpu.guest_cr4;
}

/* As the guest sees it: that instructions are counted is not its affair. */
uint32_t read_guest_cr4(const struct vcpu *v)
{
	return hardware_cr4(v) & ~CR4_UMIP;
}

static void load_ts(const struct vcpu *v)
{
	if (v->cpu.guest_cr0 & CR0_TS)
		write_cr0(read_cr0() | CR0_TS);
	else
		clts();
}

/*
 * With XSAVE everything it knows is moved, whatever the guest has switched on:
 * upper halves of another domain's registers must not stay behind (TRUST 18).
 */
static void open_xsave(void)
{
	write_cr4(base_cr4 | CR4_OSXSAVE);
	xsetbv(xcr0_supported);
}

static void close_xsave(const struct vcpu *v)
{
	xsetbv(v->cpu.guest_xcr0);
	write_cr4(hardware_cr4(v));
}

/* An instruction of ours becomes the last one; what else it does is loaded over. */
static void forget_pointers(void)
{
	static const uint32_t operand;

	__asm__ volatile("fnclex\n\t"
			 "ffree %%st(7)\n\t"
			 "fildl %0"
			 :
			 : "m"(operand));
}

void fpu_load(struct vcpu *v)
{
	clts();
	if (pointers_stay)
		TRUST_EFFECT(18, 109, forget_pointers());
	if (xcr0_supported) {
		open_xsave();
		xrstor(v->fpu.area);
		close_xsave(v);
	} else {
		fxrstor(v->fpu.area);
	}
	load_ts(v);
}

void fpu_save(struct vcpu *v)
{
	clts();
	if (xcr0_supported) {
		open_xsave();
		xsave(v->fpu.area);
		close_xsave(v);
	} else {
		fxsave(v->fpu.area);
	}
}

void set_guest_ts(struct vcpu *v, bool ts)
{
	v->cpu.guest_cr0 = ts ? v->cpu.guest_cr0 | CR0_TS : v->cpu.guest_cr0 & ~CR0_TS;
	load_ts(v);
}

/*
 * A kernel writes what it believes to be CR4.  Three bits are its own; others
 * that it sets or clears do not concern it, and are ignored.
 */
bool write_guest_cr4(struct vcpu *v, uint32_t value)
{
	if ((value & CR4_OSXSAVE) && !xcr0_supported)
		return false;
	/* SMEP and SMAP above all: ring 1 runs in pages that may be user pages (TRUST 21). */
	if (!TRUST_CHECK(21, 1, !(value & ~CR4_GUEST)))
		value &= CR4_GUEST;
	v->cpu.guest_cr4 = value;
	write_cr4(hardware_cr4(v));
	if (v->cpu.guest_cr4 & CR4_OSXSAVE)
		xsetbv(v->cpu.guest_xcr0);
	return true;
}

void set_vcpu_cr4(struct vcpu *v, uint32_t value)
{
	value &= CR4_GUEST;
	v->cpu.guest_cr4 = xcr0_supported ? value : value & ~CR4_OSXSAVE;
}

bool write_guest_xcr0(struct vcpu *v, uint64_t value)
{
	if (!(v->cpu.guest_cr4 & CR4_OSXSAVE) || !xcr0_ok(value))
		return false;
	v->cpu.guest_xcr0 = value;
	xsetbv(v->cpu.guest_xcr0);
	return true;
}

/* set: set or clear the guest's CR0.TS. */
int32_t do_fpu_taskswitch(uint32_t set)
{
	set_guest_ts(current, set);
	return 0;
}

static int cpu_vcpu_create(struct vcpu *v)
{
	v->cpu.guest_dr[6] = 0xffff0ff0; /* as after reset (Intel SDM 3, 17.2) */
	v->cpu.guest_dr[7] = 0x00000400;
	fpu_init_vcpu(v);
	return 0;
}

/* Its last registers are nobody's to find, whatever becomes of the memory. */
static void cpu_vcpu_destroy(struct vcpu *v)
{
	memset(v->fpu.area, 0, sizeof(v->fpu.area));
}

static void cpu_domain_destroy(struct domain *d)
{
	if (d->emulate.ioports)
		heap_free(d->emulate.ioports);
	d->emulate.ioports = NULL;
}

UNIT(cpu, .vcpu_create = cpu_vcpu_create, .vcpu_destroy = cpu_vcpu_destroy,
     .domain_destroy = cpu_domain_destroy);
