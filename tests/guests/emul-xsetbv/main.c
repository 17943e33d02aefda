/* SPDX-License-Identifier: MIT */
/*
 * Question: can a guest manage extended processor state where the processor has it?
 *
 * Expected: if leaf 1 shows OSXSAVE or XSAVE, xsetbv accepts x87+SSE, refuses a mask without x87
 * and bits that are not supported; where XSAVE is hidden, xsetbv is #UD or #GP.
 */
#include "guest.h"

static unsigned int xsetbv(uint32_t index, uint32_t mask)
{
	return probe(asm volatile(".byte 0x0f,0x01,0xd1" : : "c"(index), "a"(mask), "d"(0)));
}

void test_main(void)
{
	struct ringone_cpuid r;
	unsigned int v;

	ringone_forced_cpuid(1, 0, &r);
	note("XSAVE %u OSXSAVE %u", r.ecx >> 26 & 1, r.ecx >> 27 & 1);
	v = xsetbv(0, 3);
	note("xsetbv 3: vector %x", v);
	if (!(r.ecx & 1 << 26)) {
		CHECK(v == GP || v == UD, "vector %x", v);
		guest_finish();
	}
	if (v == UD) {
		/* The guest has not set CR4.OSXSAVE yet. */
		uint32_t cr4;

		asm volatile("mov %%cr4, %0" : "=r"(cr4));
		v = probe(asm volatile("mov %0, %%cr4" : : "r"(cr4 | 1 << 18)));
		note("OSXSAVE: vector %x", v);
		v = xsetbv(0, 3);
	}
	CHECK(v == NO_FAULT, "x87+SSE refused with vector %x", v);
	v = xsetbv(0, 2);
	CHECK(v == GP, "a mask without x87: vector %x", v);
	v = xsetbv(0, 3u | 1u << 30);
	CHECK(v == GP, "bit 30: vector %x", v);
	v = xsetbv(7, 3);
	CHECK(v == GP, "register 7: vector %x", v);
}
