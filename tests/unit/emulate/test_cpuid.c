/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/emulate/cpuid.c */
/* cflags: -Wno-unused-parameter -Wno-int-to-pointer-cast */
/*
 * The CPUID filter against a processor that claims to have everything: what a
 * paravirtual guest must not see is gone from every leaf, what it needs stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "emulate/cpuid.h"

static const struct cpuid_regs all = { ~0U, ~0U, ~0U, ~0U };

static struct cpuid_regs ask(uint32_t leaf, uint32_t subleaf)
{
	const struct cpuid_policy p = {
		.vcpu_id = 1, .version = 0x40011, .features = 7, .address_bits = 33
	};

	return cpuid_filter(&p, leaf, subleaf, all);
}

static void hidden(void **state)
{
	/* VME PSE MCE APIC MTRR PGE MCA PSE36 ACPI; MONITOR VMX SMX x2APIC deadline PCID */
	static const uint8_t edx1[] = { 1, 3, 7, 9, 12, 13, 14, 17, 22 };
	static const uint8_t ecx1[] = { 2, 3, 4, 5, 6, 15, 17, 21, 24, 27 };
	/* FSGSBASE SMEP INVPCID MPX SMAP PT; UMIP PKU OSPKE LA57 */
	static const uint8_t ebx7[] = { 0, 1, 7, 10, 14, 20, 25 };
	/* SYSCALL MP 1GB RDTSCP LM */
	static const uint8_t edx81[] = { 11, 19, 26, 27, 29 };

	for (size_t i = 0; i < sizeof(edx1); i++)
		assert_false(ask(1, 0).edx >> edx1[i] & 1);
	for (size_t i = 0; i < sizeof(ecx1); i++)
		assert_false(ask(1, 0).ecx >> ecx1[i] & 1);
	for (size_t i = 0; i < sizeof(ebx7); i++)
		assert_false(ask(7, 0).ebx >> ebx7[i] & 1);
	assert_int_equal(ask(7, 0).ecx, 0);
	assert_int_equal(ask(7, 1).eax, 0);
	for (size_t i = 0; i < sizeof(edx81); i++)
		assert_false(ask(0x80000001, 0).edx >> edx81[i] & 1);
	assert_false(ask(0x80000001, 0).ecx >> 2 & 1); /* SVM */
	assert_int_equal(ask(5, 0).eax | ask(6, 0).eax | ask(0xa, 0).eax | ask(0xb, 0).ebx, 0);
	assert_int_equal(ask(0x80000008, 0).ebx | ask(0x8000000a, 0).eax, 0);
	assert_int_equal(ask(0xd, 0).eax, 7);
}

static void needed(void **state)
{
	/* FPU TSC PAE CX8 SEP CMOV FXSR SSE SSE2 */
	static const uint8_t edx1[] = { 0, 4, 6, 8, 11, 15, 24, 25, 26 };

	for (size_t i = 0; i < sizeof(edx1); i++)
		assert_true(ask(1, 0).edx >> edx1[i] & 1);
	assert_true(ask(1, 0).ecx >> 31 & 1);          /* a hypervisor */
	assert_true(ask(0x80000001, 0).edx >> 20 & 1); /* NX */
	assert_int_equal(ask(1, 0).ebx >> 24, 1);      /* APIC ID: the VCPU's */
	assert_true(ask(0, 0).eax >= 7 && ask(0, 0).eax < 0x20);
	assert_int_equal(ask(0x80000000, 0).eax, 0x80000008);
}

/* Nothing is ever invented but what the hypervisor itself provides. */
static void never_more_than_hardware(void **state)
{
	const struct cpuid_policy p = { .initial = true, .osxsave = true };
	const struct cpuid_regs none = { 0, 0, 0, 0 };
	const uint32_t leaves[] = { 0,          2,          4,          5,         6,
				    7,          0xa,        0xb,        0xd,       0x80000000,
				    0x80000001, 0x80000007, 0x80000008, 0x80000010 };
	struct cpuid_regs r;

	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		r = cpuid_filter(&p, leaves[i], 0, none);
		assert_int_equal(r.eax | r.ebx | r.edx, 0);
		if (leaves[i] != 0xd)
			assert_int_equal(r.ecx, 0);
	}
	r = cpuid_filter(&p, 1, 0, none);
	assert_int_equal(r.ecx, 1U << 31);
	assert_int_equal(r.edx, 0);
}

static void osxsave_is_the_hypervisors(void **state)
{
	struct cpuid_policy p = { .osxsave = false };

	assert_false(cpuid_filter(&p, 1, 0, all).ecx >> 27 & 1);
	p.osxsave = true;
	assert_true(cpuid_filter(&p, 1, 0, all).ecx >> 27 & 1);
	assert_false(cpuid_filter(&p, 1, 0, (struct cpuid_regs){ 0, 0, 0, 0 }).ecx >> 27 & 1);
}

static void signatures(void **state)
{
	struct cpuid_regs r = ask(0x40000000, 0);
	char name[13] = "";

	memcpy(name, &r.ebx, 4);
	memcpy(name + 4, &r.ecx, 4);
	memcpy(name + 8, &r.edx, 4);
	assert_string_equal(name, "XenVMMXenVMM");
	assert_true(r.eax >= 0x40000002);
	assert_int_equal(ask(0x40000001, 0).eax, 0x40011);
	r = ask(0x40000100, 0);
	memcpy(name, &r.ebx, 4);
	memcpy(name + 4, &r.ecx, 4);
	memcpy(name + 8, &r.edx, 4);
	assert_string_equal(name, "RingoneVMM");
	assert_int_equal(r.eax, 7);
	assert_int_equal(ask(0x40000200, 0).eax, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden),
		cmocka_unit_test(needed),
		cmocka_unit_test(never_more_than_hardware),
		cmocka_unit_test(osxsave_is_the_hypervisors),
		cmocka_unit_test(signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
