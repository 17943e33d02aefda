/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel that asks for XSAVE before it sets CR4, as the interface's kernels do, find
 * it, and do AVX registers survive a switch to another VCPU that uses them?
 *
 * Because: without OSXSAVE in CPUID such a kernel takes FXSAVE on any processor, and its programs
 * never see AVX.
 *
 * Expected: forced CPUID shows OSXSAVE from the start where it shows XSAVE; the plain instruction shows
 * it once CR4 is set, so that no program believes in registers that nobody saves. XSETBV takes x87,
 * SSE and AVX then, and each VCPU keeps its own upper halves.
 */
#include "guest.h"
#include "smp.h"

#define BIT_XSAVE   (1u << 26)
#define BIT_OSXSAVE (1u << 27)
#define BIT_AVX     (1u << 28)
#define CR4_OSXSAVE (1u << 18)
#define ROUNDS      50

static uint32_t pattern[2][8] __attribute__((aligned(32)));
static volatile unsigned int rounds[2];

static uint32_t plain_leaf1(void)
{
	uint32_t a = 1, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c;
}

static void switch_on(void)
{
	uint32_t cr4;

	asm volatile("clts; mov %%cr4, %0" : "=r"(cr4));
	asm volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	asm volatile("xsetbv" : : "c"(0), "a"(7), "d"(0));
}

/* Load, let the other one run, look. */
static void turns(unsigned int id)
{
	uint32_t seen[8] __attribute__((aligned(32)));

	for (unsigned int i = 0; i < 8; i++)
		pattern[id][i] = 0x1000000 * (id + 1) + i;
	for (unsigned int n = 0; n < ROUNDS; n++) {
		asm volatile("vmovups %0, %%ymm5" : : "m"(pattern[id]));
		ringone_sched_op(SCHEDOP_yield, NULL);
		asm volatile("vmovups %%ymm5, %0" : "=m"(seen));
		for (unsigned int i = 0; i < 8; i++)
			CHECK(seen[i] == pattern[id][i], "VCPU %u, word %u is %x", id, i, seen[i]);
		rounds[id] = n + 1;
	}
}

static void other(unsigned int id)
{
	switch_on();
	turns(id);
	smp_stop();
}

void test_main(void)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(1, 0, &r);
	if (!(r.ecx & BIT_XSAVE))
		guest_skip("this processor has no XSAVE");
	CHECK(r.ecx & BIT_OSXSAVE, "OSXSAVE is hidden: leaf 1 has ecx %x", r.ecx);
	if (on_ringone)
		CHECK(!(plain_leaf1() & BIT_OSXSAVE),
		      "a program would see OSXSAVE before CR4 is set");
	smp_need(2);
	switch_on();
	CHECK(plain_leaf1() & BIT_OSXSAVE, "CR4 is set, and programs do not see it");
	if (!(r.ecx & BIT_AVX))
		guest_skip("this processor has no AVX");
	EXPECT(smp_start(1, other), 0);
	turns(0);
	smp_wait_down(1, 5000);
	EXPECT(rounds[0], ROUNDS);
	EXPECT(rounds[1], ROUNDS);
}
