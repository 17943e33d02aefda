/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/emulate/decode.c hypervisor/emulate/emulated.c */
/* cflags: -Wno-unused-parameter -Wno-int-to-pointer-cast -Wno-pointer-to-int-cast */
/*
 * Which instructions are counted as emulated, and under which name: every one
 * that a kernel in ring 1 cannot execute itself, and none that it can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "emulate/emulated.h"

static enum emulated_kind kind(const char *bytes, size_t n)
{
	struct insn i;

	assert_true(decode_insn((const uint8_t *)bytes, n, &i));
	assert_int_equal(i.length, n);
	return emulated_kind(&i);
}

#define KIND(bytes) kind(bytes, sizeof(bytes) - 1)

static void interrupts_and_ports(void **state)
{
	assert_int_equal(KIND("\xfa"), EMULATED_CLI);
	assert_int_equal(KIND("\xfb"), EMULATED_STI);
	assert_int_equal(KIND("\xf4"), EMULATED_HLT);
	assert_int_equal(KIND("\xe4\x80"), EMULATED_IN);
	assert_int_equal(KIND("\x66\xed"), EMULATED_IN);
	assert_int_equal(KIND("\xe7\x80"), EMULATED_OUT);
	assert_int_equal(KIND("\xee"), EMULATED_OUT);
	assert_int_equal(KIND("\xf3\x6d"), EMULATED_INS);
	assert_int_equal(KIND("\x6e"), EMULATED_OUTS);
}

static void tables(void **state)
{
	assert_int_equal(KIND("\x0f\x00\xc0"), EMULATED_SLDT);
	assert_int_equal(KIND("\x0f\x00\x08"), EMULATED_STR);
	assert_int_equal(KIND("\x0f\x00\xd0"), EMULATED_LLDT);
	assert_int_equal(KIND("\x0f\x00\xd8"), EMULATED_LTR);
	assert_int_equal(KIND("\x0f\x01\x00"), EMULATED_SGDT);
	assert_int_equal(KIND("\x0f\x01\x08"), EMULATED_SIDT);
	assert_int_equal(KIND("\x0f\x01\x10"), EMULATED_LGDT);
	assert_int_equal(KIND("\x0f\x01\x18"), EMULATED_LIDT);
	assert_int_equal(KIND("\x0f\x01\xe0"), EMULATED_SMSW);
	assert_int_equal(KIND("\x0f\x01\x20"), EMULATED_SMSW);
	assert_int_equal(KIND("\x0f\x01\xf0"), EMULATED_LMSW);
	assert_int_equal(KIND("\x0f\x01\x38"), EMULATED_INVLPG);
	assert_int_equal(KIND("\x0f\x01\xd1"), EMULATED_XSETBV);
}

static void processor(void **state)
{
	assert_int_equal(KIND("\x0f\x06"), EMULATED_CLTS);
	assert_int_equal(KIND("\x0f\x08"), EMULATED_INVD);
	assert_int_equal(KIND("\x0f\x09"), EMULATED_WBINVD);
	assert_int_equal(KIND("\x0f\x30"), EMULATED_WRMSR);
	assert_int_equal(KIND("\x0f\x31"), EMULATED_RDTSC);
	assert_int_equal(KIND("\x0f\x32"), EMULATED_RDMSR);
	assert_int_equal(KIND("\x0f\x33"), EMULATED_RDPMC);
	assert_int_equal(KIND("\x0f\x20\xc0"), EMULATED_MOV_CR + 0);
	assert_int_equal(KIND("\x0f\x22\xd9"), EMULATED_MOV_CR + 3);
	assert_int_equal(KIND("\x0f\x20\xe2"), EMULATED_MOV_CR + 4);
	assert_int_equal(KIND("\x0f\x21\xf8"), EMULATED_MOV_DR + 7);
	assert_int_equal(KIND("\x0f\x23\xc1"), EMULATED_MOV_DR + 0);
}

static void what_ring_1_may(void **state)
{
	assert_int_equal(KIND("\x90"), EMULATED_NOTHING);
	assert_int_equal(KIND("\x9c"), EMULATED_NOTHING);         /* pushf */
	assert_int_equal(KIND("\x0f\x00\x28"), EMULATED_NOTHING); /* verw */
	assert_int_equal(KIND("\x0f\x02\xc0"), EMULATED_NOTHING); /* lar */
	assert_int_equal(KIND("\x0f\xa2"), EMULATED_NOTHING);     /* cpuid */
	assert_int_equal(KIND("\x0f\x01\xd0"), EMULATED_NOTHING); /* xgetbv */
	assert_int_equal(KIND("\x8e\xd8"), EMULATED_NOTHING);     /* mov %eax, %ds */
	assert_int_equal(KIND("\xcd\x80"), EMULATED_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_and_ports),
		cmocka_unit_test(tables),
		cmocka_unit_test(processor),
		cmocka_unit_test(what_ring_1_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
