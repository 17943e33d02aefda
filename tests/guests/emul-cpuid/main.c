/* SPDX-License-Identifier: MIT */
/*
 * Question: does CPUID, forced or faulting, describe the machine a PV guest may use?
 *
 * Expected: the forced form works before any trap table (the framework used it), carries Xen's
 * signature and version at 0x40000000 and 0x40000001 and, on Ringone, its own leaf; leaf 1 hides
 * what a ring-1 kernel cannot have (VME, PSE for large pages, MTRR, SEP unless supported, VMX,
 * MONITOR); SYSCALL is hidden; the forced form from ring 3 works or is #UD.
 */
#include "guest.h"
#include "user.h"

USER_CODE(forced, "movl $1, %eax; .byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid; int $0x60");

void test_main(void)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(0x40000000, 0, &r);
	EXPECT(r.ebx, 0x566e6558);
	CHECK(r.eax >= 0x40000002, "largest leaf %x", r.eax);
	ringone_forced_cpuid(0x40000001, 0, &r);
	note("version %u.%u", r.eax >> 16, r.eax & 0xffff);
	EXPECT(r.eax, ringone_xen_version(XENVER_version, NULL));
	ringone_forced_cpuid(0x40000002, 0, &r);
	EXPECT(r.eax, 1);
	EXPECT(r.ecx & 1, 1);
	ringone_forced_cpuid(0, 0, &r);
	CHECK(r.eax >= 1 && r.eax < 0x1000, "largest basic leaf %x", r.eax);
	ringone_forced_cpuid(1, 0, &r);
	note("leaf 1: %x %x %x %x", r.eax, r.ebx, r.ecx, r.edx);
	CHECK(r.edx & 1 << 6, "PAE is hidden");
	CHECK(r.edx & 1 << 4, "TSC is hidden");
	CHECK(r.edx & 1 << 8, "CMPXCHG8B is hidden");
	CHECK(!(r.edx & 1 << 1), "VME");
	CHECK(!(r.edx & 1 << 17), "PSE36");
	CHECK(!(r.ecx & 1 << 5), "VMX");
	CHECK(!(r.ecx & 1 << 3), "MONITOR");
	ringone_forced_cpuid(0x80000001, 0, &r);
	note("leaf 80000001: %x %x", r.ecx, r.edx);
	/* 32-bit SYSCALL exists on AMD only and Ringone has no handler for it. */
	CHECK(!(r.edx & 1 << 11) || !on_ringone, "SYSCALL");
	CHECK(!(r.edx & 1 << 29) || !on_ringone, "long mode");
	if (on_ringone) {
		ringone_forced_cpuid(RINGONE_CPUID_LEAF, 0, &r);
		EXPECT(r.ebx, RINGONE_CPUID_EBX);
		EXPECT(r.ecx, RINGONE_CPUID_ECX);
		EXPECT(r.edx, RINGONE_CPUID_EDX);
		EXPECT(r.eax & 3, 3);
		EXPECT(r.eax & ~0x1ffu, 0);
	}
	unsigned int v = user_run(&forced);

	CHECK(v == USER_EXIT || v == UD, "from ring 3: vector %x", v);
	EXPECT_FAULT(UD, asm volatile(".byte 0x0f,0x0b,0x78,0x65,0x6e; nop"));
}
