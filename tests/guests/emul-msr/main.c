/* SPDX-License-Identifier: MIT */
/*
 * Question: which MSRs can a guest read and write?
 *
 * Expected: reads of a whitelist give a value (EFER, PAT, the APIC base, platform and microcode
 * identification); MSRs that would change the machine (EFER.NXE off, SYSENTER entry, PAT, APIC
 * base moved) are #GP or have no effect when written; an MSR nobody has is #GP for reading
 * (or reads 0, as old Xens did for the initial domain).
 */
#include "guest.h"
#include "mm.h"

static uint64_t value;

static unsigned int get(uint32_t msr)
{
	return probe(asm volatile("rdmsr" : "=A"(value) : "c"(msr)));
}

static unsigned int set(uint32_t msr, uint64_t v)
{
	return probe(asm volatile("wrmsr" : : "c"(msr), "A"(v)));
}

static void no_change(uint32_t msr, uint64_t xor, const char *name)
{
	unsigned int r = get(msr);
	uint64_t old = value;

	if (r != NO_FAULT) {
		note("%s (%x): not readable", name, msr);
		return;
	}
	unsigned int w = set(msr, old ^ xor);

	get(msr);
	note("%s (%x): %llx, write vector %x", name, msr, old, w);
	CHECK(value == old, "%s changed from %llx to %llx", name, old, value);
}

void test_main(void)
{
	no_change(0xc0000080, 1 << 11, "EFER.NXE");
	no_change(0xc0000080, 1 << 8, "EFER.LME");
	no_change(0x1b, 1 << 11, "APIC base");
	no_change(0x277, 0x0101, "PAT");
	no_change(0x1a0, 1, "MISC_ENABLE");
	no_change(0xc0000081, 0x10000, "STAR");
	unsigned int v = get(0x12345678);

	note("an MSR nobody has: vector %x", v);
	CHECK(v == GP || (v == NO_FAULT && !on_ringone), "vector %x", v);
	v = set(0x12345678, 1);
	CHECK(v == GP || (v == NO_FAULT && !on_ringone), "vector %x", v);
	v = set(0x174, 0);
	note("SYSENTER_CS write: vector %x", v);
	v = set(0x176, 0xfc100000);
	note("SYSENTER_EIP write: vector %x", v);
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "dead");
}
