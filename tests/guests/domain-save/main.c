/* SPDX-License-Identifier: MIT */
/*
 * Question: is what tools need to save a domain there for them, and for nobody else: the M2P under
 * DOMID_XEN, the kinds of its tables, its registers when it has suspended itself, what XSAVE keeps?
 *
 * Because: the tools map frames of the hypervisor's own to translate a domain's tables. A writable
 * mapping of one would be the end of everybody's translation; and an XSAVE image from a file is
 * loaded by ring 0, which must not fault on it.
 *
 * Expected: the M2P's runs of 2 MiB can be mapped whole, read-only, by the privileged alone; a top L2
 * shows the M2P's first frame in the slot where the tools look for it; a domain that suspends has
 * shut down for that reason, with its third argument in EDX, and goes on with the return value that
 * was written for it; XSAVE's image goes out and in, and a broken one is refused.
 */
#include "second.h"
#include "event.h"

#define CR4_OSXSAVE (1u << 18)
#define BIT_AVX     (1u << 28)
#define RUN         512 /* frames */
#define M2P_SLOT    428 /* of 0xf5800000 in a top L2 */
#define MARK        0x12345

static struct second s;

static long ask(struct xen_domctl *op, uint32_t cmd)
{
	return second_domctl(op, cmd, s.id);
}

/* ---- the second's side ---- */

static void unprivileged(void)
{
	xen_pfn_t runs[3] = { 0 };
	struct xen_machphys_mfn_list list = { .max_extents = 3 };

	set_xen_guest_handle(list.extent_start, runs);
	ringone_memory_op(XENMEM_machphys_mfn_list, &list);
	EXPECT(second_map(page_alloc(), DOMID_XEN, second_mail->word[5], PTE_RO), -XEN_EPERM);
	/* Nor by its own name: the frame is not its. */
	EXPECT(second_map(page_alloc(), DOMID_SELF, second_mail->word[5], PTE_RO), -XEN_EBUSY);
}

static uint32_t ymm[8] __attribute__((aligned(32)));

static int has_avx(void)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(1, 0, &r);
	return !!(r.ecx & BIT_AVX);
}

static void suspends(void)
{
	struct sched_shutdown why = { .reason = SHUTDOWN_suspend };
	uint32_t seen[8] __attribute__((aligned(32))), cr4;
	long rc;

	if (has_avx()) {
		asm volatile("clts; mov %%cr4, %0" : "=r"(cr4));
		asm volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
		asm volatile("xsetbv" : : "c"(0), "a"(7), "d"(0));
		for (unsigned int i = 0; i < 8; i++)
			ymm[i] = 0x1010101 * i;
		asm volatile("vmovups %0, %%ymm3" : : "m"(ymm));
	}
	rc = ringone_call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint32_t)&why, MARK, 0, 0);
	EXPECT(rc, 1);
	if (has_avx()) {
		uint32_t mxcsr;

		/* Bits that no processor has were in what was restored. */
		asm volatile("stmxcsr %0" : "=m"(mxcsr));
		EXPECT(mxcsr, 0x1f80);
		asm volatile("vmovups %%ymm3, %0" : "=m"(seen));
		for (unsigned int i = 0; i < 8; i++)
			EXPECT(seen[i], ymm[i] ^ (i == 5 ? 0xff : 0));
	}
}

/* ---- the tools' side ---- */

static void m2p(void)
{
	static xen_pfn_t runs[3];
	struct xen_machphys_mfn_list list = { .max_extents = 3 };
	uint32_t *page = page_alloc(), *inside = page_alloc();
	unsigned int max = ringone_memory_op(XENMEM_maximum_ram_page, NULL);
	xen_pfn_t mine = virt_to_mfn(inside);

	set_xen_guest_handle(list.extent_start, runs);
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	EXPECT(list.nr_extents, max / (RUN * 1024) + 1);
	/* The whole run, also behind the last frame there is. */
	for (unsigned int i = 0; i < list.nr_extents * RUN; i++) {
		long rc = second_map(page, DOMID_XEN, runs[i / RUN] + i % RUN, PTE_RO);

		CHECK(!rc, "page %u of the M2P: %ld", i, rc);
		if (i == mine / 1024)
			EXPECT(page[mine % 1024],
			       ((unsigned long)inside - GUEST_VIRT_BASE) / PAGE_SIZE);
		if (i > max / 1024)
			EXPECT(page[0], ~0u);
	}
	/* To read, by that name, and those frames only. */
	EXPECT(second_map(page, DOMID_XEN, runs[0], PTE_RW), -XEN_EBUSY);
	EXPECT(second_map(page, DOMID_XEN, mine, PTE_RO), -XEN_EBUSY);
	EXPECT(second_map(page, DOMID_SELF, runs[0], PTE_RO), -XEN_EBUSY);
	EXPECT(second_map(page, DOMID_SELF, 0, 0), 0);
	/* Nor becomes one of them a table. */
	mmuext_op_t pin = { .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = runs[0] };

	EXPECT(ringone_mmuext_op(&pin, 1, NULL, DOMID_XEN), -XEN_EPERM);
	pin.cmd = MMUEXT_CLEAR_PAGE;
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, DOMID_XEN), -XEN_EINVAL);
	pin.cmd = MMUEXT_UNPIN_TABLE;
	EXPECT(ringone_mmuext_op(&pin, 1, NULL, DOMID_XEN), -XEN_EINVAL);
	second_make(&s, unprivileged);
	s.mail->word[5] = runs[0];
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}

/* The only mark of the hypervisor's slots in a table: slot 428 names the M2P's first frame. */
static void top_l2(void)
{
	static xen_pfn_t run;
	struct xen_machphys_mfn_list list = { .max_extents = 1 };
	uint64_t *page = page_alloc();

	set_xen_guest_handle(list.extent_start, &run);
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	/* Behind the image: start_info, two pages of p2m, L3, L2. */
	EXPECT(second_map(page, s.id, s.p2m[s.nr_pages - 9], PTE_RO), 0);
	EXPECT((uint32_t)(page[M2P_SLOT] >> 12) & 0xfffff, run);
	EXPECT(second_map(page, DOMID_SELF, 0, 0), 0);
}

static void xstate(void)
{
	static struct {
		uint64_t xcr0, ever;
		uint8_t area[4096];
	} image;
	struct xen_domctl op = { 0 };
	uint64_t *header = (uint64_t *)(image.area + 512);

	op.u.vcpuextstate.vcpu = 8;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuextstate), -XEN_ESRCH);
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_ESRCH);
	op.u.vcpuextstate.vcpu = 0;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuextstate), 0);
	if (!has_avx()) {
		EXPECT(op.u.vcpuextstate.xfeature_mask, 0); /* it has not switched XSAVE on */
		return;
	}
	EXPECT(op.u.vcpuextstate.xfeature_mask & 7, 7);
	EXPECT(op.u.vcpuextstate.size, 16 + 576 + 256);
	set_xen_guest_handle(op.u.vcpuextstate.buffer, (void *)&image);
	op.u.vcpuextstate.size--;
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuextstate), -XEN_ENOBUFS);
	op.u.vcpuextstate.size = sizeof(image);
	EXPECT(ask(&op, XEN_DOMCTL_getvcpuextstate), 0);
	EXPECT(image.xcr0, 7);
	/* Half of YMM3 lies in each of the two parts. */
	EXPECT(*(uint32_t *)(image.area + 160 + 3 * 16 + 4), 0x1010101);
	EXPECT(*(uint32_t *)(image.area + 576 + 3 * 16 + 4), 0x5050505);
	image.area[576 + 3 * 16 + 4] ^= 0xff;
	/* What ring 0 could not load. */
	header[0] |= 1 << 9;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_EINVAL);
	header[0] &= 7;
	header[1] = 1ull << 63;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_EINVAL);
	header[1] = 0;
	image.xcr0 = 4;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_EINVAL);
	image.xcr0 = 7;
	op.u.vcpuextstate.size = 8;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_EINVAL);
	op.u.vcpuextstate.size = 8192;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), -XEN_EINVAL);
	op.u.vcpuextstate.size = 16 + 576 + 256;
	memset(image.area + 24, 0xff, 4); /* every bit of MXCSR: those there are stay */
	memcpy(image.area + 24, "\x80\x1f\xff\xff", 4);
	EXPECT(ask(&op, XEN_DOMCTL_setvcpuextstate), 0);
}

static void msrs(void)
{
	static xen_domctl_vcpu_msr_t msr[65] = { { .index = 0x140 }, { .index = 0xc0011027 } };
	struct xen_domctl op = { 0 };

	op.u.vcpu_msrs.vcpu = 8; /* no domain can have it */
	EXPECT(ask(&op, XEN_DOMCTL_get_vcpu_msrs), -XEN_ESRCH);
	EXPECT(ask(&op, XEN_DOMCTL_set_vcpu_msrs), -XEN_ESRCH);
	op.u.vcpu_msrs.vcpu = 0;
	op.u.vcpu_msrs.msr_count = 7;
	EXPECT(ask(&op, XEN_DOMCTL_get_vcpu_msrs), 0);
	EXPECT(op.u.vcpu_msrs.msr_count, 0);
	op.u.vcpu_msrs.msr_count = 2;
	set_xen_guest_handle(op.u.vcpu_msrs.msrs, msr);
	EXPECT(ask(&op, XEN_DOMCTL_set_vcpu_msrs), 0);
	msr[1].value = 1;
	EXPECT(ask(&op, XEN_DOMCTL_set_vcpu_msrs), -XEN_EINVAL);
	msr[1].value = 0;
	op.u.vcpu_msrs.msr_count = 65; /* all zero, which each alone may be */
	EXPECT(ask(&op, XEN_DOMCTL_set_vcpu_msrs), -XEN_EINVAL);
}

static void context(void)
{
	static struct vcpu_guest_context c;
	struct xen_memory_domain q = { .domid = s.id };
	struct xen_domctl op = { 0 };

	EXPECT(ringone_memory_op(XENMEM_maximum_gpfn, &q), 0); /* it has not said */
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	EXPECT(ask(&op, XEN_DOMCTL_getvcpucontext), 0);
	EXPECT(c.user_regs.edx, MARK);
	EXPECT(c.user_regs.eax, 0);
	EXPECT(c.ctrlreg[4] & CR4_OSXSAVE, has_avx() ? CR4_OSXSAVE : 0);
	EXPECT(xen_cr3_to_pfn(c.ctrlreg[3]), s.p2m[s.nr_pages - 10]);
	c.user_regs.eax = 1;
	EXPECT(ask(&op, XEN_DOMCTL_setvcpucontext), 0);
}

void test_main(void)
{
	struct xen_domctl op = { 0 };

	second_need();
	m2p();
	second_make(&s, suspends);
	top_l2();
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_suspend);
	context();
	xstate();
	msrs();
	EXPECT(ask(&op, XEN_DOMCTL_resumedomain), 0);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
}
