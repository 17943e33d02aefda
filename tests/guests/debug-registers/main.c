/* SPDX-License-Identifier: MIT */
/*
 * Question: can a guest use the debug registers, and use them against nobody but itself?
 *
 * Expected: set_debugreg and get_debugreg and the emulated mov agree; a breakpoint on data fires
 * once it is enabled and the hit is in DR6; an address in the hypervisor is refused; a reserved
 * breakpoint type, general detect and DR4/DR5 do no harm (io-breakpoint: I/O ports); a breakpoint on the stack with
 * a stack-segment load in front of a hypercall (the deferred #DB of XSA-260) is survived.
 */
#include "guest.h"
#include "mm.h"

static volatile uint32_t watched;

static uint32_t get_dr6(void)
{
	uint32_t v;

	asm volatile("mov %%dr6, %0" : "=r"(v));
	return v;
}

static void agree(void)
{
	uint32_t v;

	EXPECT(ringone_set_debugreg(0, (unsigned long)&watched), 0);
	EXPECT(ringone_get_debugreg(0), (long)(unsigned long)&watched);
	asm volatile("mov %%dr0, %0" : "=r"(v));
	EXPECT(v, (uint32_t)&watched);
	asm volatile("mov %0, %%dr1" : : "r"(0x1234));
	EXPECT(ringone_get_debugreg(1), 0x1234);
	CHECK(ringone_set_debugreg(9, 0) < 0, "register 9");
	CHECK(ringone_set_debugreg(0, hole_start + 0x100000) < 0 || !on_ringone,
	      "an address in the hypervisor");
	CHECK(ringone_set_debugreg(3, 0xfffff000) < 0 || !on_ringone, "the last page");
	CHECK(ringone_set_debugreg(-1, 0) < 0, "register -1");
}

static void hit(void)
{
	/* DR0: write, 4 bytes, local. */
	EXPECT(ringone_set_debugreg(0, (unsigned long)&watched), 0);
	EXPECT(ringone_set_debugreg(6, 0), 0);
	EXPECT(ringone_set_debugreg(7, 1 | 0xd << 16), 0);
	EXPECT(probe(watched = 1), DB);
	CHECK((ringone_get_debugreg(6) & 1) || (get_dr6() & 1), "DR6 %lx", ringone_get_debugreg(6));
	EXPECT(ringone_set_debugreg(7, 0), 0);
	EXPECT(probe(watched = 2), NO_FAULT);
}

static void after_ss(void)
{
	/* The load of SS holds the breakpoint back until after the next instruction. */
	EXPECT(ringone_set_debugreg(0, (unsigned long)&watched), 0);
	watched = FLAT_KERNEL_SS;
	EXPECT(ringone_set_debugreg(7, 1 | 0xf << 16), 0);
	uint32_t a = XENVER_version, b = 0, ret;
	unsigned int v = probe(asm volatile("mov watched_alias, %%ss; int $0x82"
					    : "=a"(ret), "+b"(a), "+c"(b)
					    : "0"(17)
					    : "edx", "memory"));

	note("SS load then hypercall: vector %x", v);
	CHECK(v == DB || v == NO_FAULT, "vector %x", v);
	v = probe(asm volatile("mov watched_alias, %%ss; int3" : : : "memory"));
	note("SS load then int3: vector %x", v);
	CHECK(v == DB || v == BP, "vector %x", v);
	EXPECT(ringone_set_debugreg(7, 0), 0);
}

asm(".globl watched_alias; .set watched_alias, watched");

void test_main(void)
{
	agree();
	hit();
	after_ss();
	note("reserved bits: %ld", ringone_set_debugreg(7, 0xffff0000));
	CHECK(ringone_set_debugreg(7, 1 << 13) < 0, "general detect");
	CHECK(ringone_set_debugreg(7, 1 | 2 << 16) < 0, "a breakpoint on a port");
	ringone_set_debugreg(7, 0);
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "dead");
}
