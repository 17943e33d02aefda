/* SPDX-License-Identifier: MIT */
/*
 * Question: does fpu_taskswitch move the guest's TS, and does #NM arrive when it should?
 *
 * Expected: the FPU starts clean; after fpu_taskswitch(1) the next FPU instruction is #NM, in
 * ring 1 and ring 3; a guest whose handler does nothing gets TS cleared for it or clears it by
 * fpu_taskswitch(0) or by an emulated clts; setting CR0.TS by an emulated write does the same;
 * register contents survive traps, events and hypercalls, among them those that clear or copy a
 * page, which the hypervisor does through registers it borrows; TS survives them, too.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"
#include "user.h"

USER_CODE(fpu, "fld1; int $0x60");

static uint32_t read_cr0(void)
{
	uint32_t v;

	asm volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static void xmm_set(const uint8_t *from)
{
	asm volatile("movups (%0), %%xmm0; movups 16(%0), %%xmm1; movups 32(%0), %%xmm2;"
		     "movups 48(%0), %%xmm3; movups 64(%0), %%xmm4; movups 80(%0), %%xmm5;"
		     "movups 96(%0), %%xmm6; movups 112(%0), %%xmm7"
		     :
		     : "r"(from)
		     : "memory");
}

static void xmm_get(uint8_t *to)
{
	asm volatile("movups %%xmm0, (%0); movups %%xmm1, 16(%0); movups %%xmm2, 32(%0);"
		     "movups %%xmm3, 48(%0); movups %%xmm4, 64(%0); movups %%xmm5, 80(%0);"
		     "movups %%xmm6, 96(%0); movups %%xmm7, 112(%0)"
		     :
		     : "r"(to)
		     : "memory");
}

static int clear(void *page)
{
	struct mmuext_op op = { .cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = virt_to_mfn(page) };

	return ringone_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int copy(void *to, void *from, unsigned int at, unsigned int bytes)
{
	struct gnttab_copy c = {
		.source = { .u.gmfn = virt_to_mfn(from), .domid = DOMID_SELF },
		.dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = at },
		.len = bytes
	};

	EXPECT(ringone_grant_table_op(GNTTABOP_copy, &c, 1), 0);
	return c.status;
}

static void borrowed(void)
{
	uint8_t *from = page_alloc(), *to = page_alloc(), before[128], after[128];

	for (unsigned int i = 0; i < 4096; i++) {
		from[i] = i ^ i >> 8;
		before[i % 128] = i * 3 + 1;
	}
	for (unsigned int bytes = 511; bytes <= 4096 - 3; bytes += 397) {
		memset(to, 0xee, 4096);
		memset(after, 0, sizeof(after));
		xmm_set(before);
		EXPECT(copy(to, from, 3, bytes), GNTST_okay);
		xmm_get(after);
		CHECK(!memcmp(before, after, sizeof(after)), "registers after a copy");
		CHECK(!memcmp(to + 3, from, bytes), "%u bytes", bytes);
		EXPECT(to[2], 0xee);
		CHECK(bytes + 3 == 4096 || to[bytes + 3] == 0xee, "%u bytes and more", bytes);
	}
	xmm_set(before);
	EXPECT(clear(to), 0);
	xmm_get(after);
	CHECK(!memcmp(before, after, sizeof(after)), "registers after a page was cleared");
	for (unsigned int i = 0; i < 4096; i++)
		EXPECT(to[i], 0);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(copy(to, from, 0, 4096), GNTST_okay);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(clear(to), 0);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(0), 0);
	xmm_get(after);
	CHECK(!memcmp(before, after, sizeof(after)), "registers after copies with TS set");
}

void test_main(void)
{
	volatile double x = 1.0;
	uint16_t cw = 0;

	EXPECT(ringone_fpu_taskswitch(0), 0);
	asm volatile("fninit; fnstcw %0" : "=m"(cw));
	EXPECT(cw, 0x37f);
	EXPECT(read_cr0() & 8, 0);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(read_cr0() & 8, 8);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	EXPECT(user_run(&fpu), NM);
	EXPECT(ringone_fpu_taskswitch(0), 0);
	EXPECT(user_run(&fpu), USER_EXIT);
	EXPECT(ringone_fpu_taskswitch(1), 0);
	asm volatile("clts");
	EXPECT(probe(asm volatile("fnop")), NO_FAULT);
	EXPECT(probe(asm volatile("mov %0, %%cr0" : : "r"(read_cr0() | 8))), NO_FAULT);
	EXPECT(probe(asm volatile("fnop")), NM);
	EXPECT(ringone_fpu_taskswitch(0), 0);

	borrowed();

	/* 1/3 stays in the register while everything else happens. */
	int port = bind_ipi();

	asm volatile("fninit; fld1; fldl %0; fdivrp" : : "m"((double){ 3.0 }));
	port_unmask(port);
	events_on();
	port_send(port);
	events_off();
	probe(asm volatile("ud2"));
	ringone_sched_op(SCHEDOP_yield, NULL);
	asm volatile("fstpl %0" : "=m"(x));
	uint64_t bits;

	memcpy(&bits, (const void *)&x, 8);
	note("%llx", bits);
	CHECK(bits == 0x3fd5555555555555ull || bits == 0x4008000000000000ull, "%llx", bits);
}
