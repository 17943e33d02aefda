/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/lib/ranges.c */
/* Sets of ranges against a plain array of bits, step by step at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ranges.h"
#include <xen/errno.h>

#define NUMBERS 64

static void agree(const struct ranges *s, const bool *bits)
{
	for (uint32_t i = 0; i < NUMBERS; i++)
		assert_int_equal(ranges_have(s, i), bits[i]);
	for (uint32_t i = 0; i < s->nr; i++) {
		assert_true(s->r[i].first < s->r[i].end);
		if (i)
			assert_true(s->r[i - 1].end < s->r[i].first);
	}
}

static void random_steps(void **state)
{
	struct ranges s = { 0 };
	bool bits[NUMBERS] = { 0 }, full = false;

	(void)state;
	srand(1);
	for (int step = 0; step < 20000; step++) {
		uint32_t first = rand() % NUMBERS, end = first + 1 + rand() % 3;
		bool add = rand() % 100 < 55;
		int rc = add ? ranges_add(&s, first, end) : ranges_remove(&s, first, end);

		if (rc) {
			assert_int_equal(rc, -XEN_ENOSPC);
			full = true;
		}
		for (uint32_t i = first; !rc && i < end && i < NUMBERS; i++)
			bits[i] = add;
		agree(&s, bits);
		assert_true(s.nr <= MAX_RANGES);
	}
	assert_true(full); /* the steps were such that the bound was met */
}

static void whole(void **state)
{
	struct ranges s = { 0 };

	(void)state;
	assert_int_equal(ranges_add(&s, 0, 0xffffffff), 0);
	assert_true(ranges_have(&s, 0xfffffffe));
	assert_int_equal(ranges_remove(&s, 10, 20), 0);
	assert_int_equal(s.nr, 2);
	assert_false(ranges_have(&s, 10));
	assert_true(ranges_have(&s, 20));
	assert_int_equal(ranges_add(&s, 10, 20), 0);
	assert_int_equal(s.nr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_steps),
		cmocka_unit_test(whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
