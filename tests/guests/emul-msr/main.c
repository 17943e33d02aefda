/* SPDX-License-Identifier: MIT */
/*
 * Question: which MSRs can a guest read and write?
 *
 * Expected: reads of a whitelist give a value (EFER, PAT, the APIC base, platform and microcode
 * identification; 0 for DEBUGCTL, which traces nothing here); MSRs that would change the machine (EFER.NXE off, SYSENTER entry, PAT, APIC
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
	/* Where nothing listens a write may be swallowed; what the machine hangs on is refused. */
	CHECK(w == GP || !on_ringone || msr == 0x1a0, "%s: the write raised vector %x", name, w);
}

/* The MSR that writes a hypercall page: into memory of the guest's, and into nothing else. */
static void hypercall_page(void)
{
	struct ringone_cpuid r;
	uint8_t *page = page_alloc();
	uint64_t before = l3_table[3];

	ringone_forced_cpuid(0x40000002, 0, &r);
	unsigned int v = set(r.ebx, (uint64_t)virt_to_mfn(page) << 12);

	note("hypercall page by MSR %x: vector %x", r.ebx, v);
	if (v == NO_FAULT)
		CHECK(page[0x20 * 17] == 0xb8, "no code at entry 17: %x", page[0x20 * 17]);
	v = set(r.ebx, (uint64_t)virt_to_mfn(l3_table) << 12);
	CHECK(v == GP || !on_ringone, "over the L3 in use: vector %x", v);
	EXPECT(l3_table[3], before);
}

void test_main(void)
{
	no_change(0xc0000080, 1 << 11, "EFER.NXE");
	no_change(0xc0000080, 1 << 8, "EFER.LME");
	no_change(0x1b, 1 << 11, "APIC base");
	no_change(0x277, 0x0101, "PAT");
	no_change(0x1a0, 1, "MISC_ENABLE");
	no_change(0xc0000081, 0x10000, "STAR");
	no_change(0x1d9, 1, "DEBUGCTL");
	EXPECT(get(0x1d9), NO_FAULT);
	EXPECT(value, 0);
	/* What kernels look at before they write; the first is of one make, the next of the other. */
	unsigned int v = get(0x3a);

	CHECK(v == GP || (v == NO_FAULT && (value & 1 || !on_ringone)),
	      "FEATURE_CONTROL: %llx, vector %x", value, v);
	if (on_ringone) {
		EXPECT(get(0xc0011029), v == GP ? NO_FAULT : GP);
		EXPECT(set(0xc0010015, 1), v == GP ? NO_FAULT : GP);
		EXPECT(get(0xce), NO_FAULT);
		EXPECT(get(0x40000000), NO_FAULT);
		EXPECT(value, 0);
	}
	hypercall_page();
	v = get(0x12345678);

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
