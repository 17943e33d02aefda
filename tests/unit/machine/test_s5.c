/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/machine/s5.c */
/* cflags: -Wno-unused-parameter */
/*
 * The sleep types of S5 in ACPI's byte code: found in the forms that firmware writes, and in nothing
 * that only looks like it, whatever the bytes are and wherever they end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"

static uint8_t a, b;

static bool find(const void *aml, uint32_t n)
{
	uint8_t *exact = malloc(n);
	bool found;

	memcpy(exact, aml, n); /* so that a look behind the end is seen */
	a = b = 0xff;
	found = s5_find(exact, n, &a, &b);
	free(exact);
	return found;
}

#define FIND(s) find(s, sizeof(s) - 1)

static void forms(void **state)
{
	assert_true(FIND("xx\x08_S5_\x12\x06\x04\x00\x00\x00\x00yy")); /* QEMU */
	assert_int_equal(a, 0);
	assert_int_equal(b, 0);
	assert_true(FIND("\x08_S5_\x12\x0a\x04\x0a\x05\x0a\x06\x00\x00")); /* bytes */
	assert_int_equal(a, 5);
	assert_int_equal(b, 6);
	assert_true(FIND("\x08\\_S5_\x12\x07\x04\x0a\x07\x01\x00\x00")); /* from the root */
	assert_int_equal(a, 7);
	assert_int_equal(b, 1);
	assert_true(FIND("\x08_S5_\x12\x4a\x00\x02\x0b\x03\x00\x01")); /* long length, word */
	assert_int_equal(a, 3);
	assert_true(FIND("\x08_S5_\x12\x04\x01\x0a\x02")); /* one type only */
	assert_int_equal(a, 2);
	assert_int_equal(b, 0);
}

static void not_it(void **state)
{
	assert_false(FIND(""));
	assert_false(FIND("\x08_S5_"));
	assert_false(FIND("_S5_\x12\x06\x04\x00\x00\x00\x00"));     /* a use, no name */
	assert_false(FIND("\x08_S5_\x11\x06\x04\x00\x00\x00\x00")); /* no package */
	assert_false(FIND("\x08_S5_\x12\x06\x00\x00\x00\x00\x00")); /* an empty one */
	assert_false(FIND("\x08_S5_\x12\x06\x04\x0a\x09\x00\x00")); /* no sleep type */
	assert_false(FIND("\x08_S5_\x12\x06\x04\x70\x00\x00\x00")); /* no integer */
	assert_false(FIND("\x08_S4_\x12\x06\x04\x00\x00\x00\x00"));
}

static void cut_anywhere(void **state)
{
	static const char whole[] = "\x08\\_S5_\x12\x47\x01\x04\x0c\x05\x00\x00\x00\x0a\x05";

	for (uint32_t n = 1; n < sizeof(whole); n++)
		find(whole, n);
	for (uint32_t i = 0; i < 100000; i++) {
		char noise[24];

		for (uint32_t k = 0; k < sizeof(noise); k++)
			noise[k] = rand() % 4 ? whole[rand() % (sizeof(whole) - 1)] : rand();
		if (find(noise, sizeof(noise)))
			assert_true(a < 8 && b < 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(not_it),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
