/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/peer/ring_index.c */
/* cflags: -Wno-unused-parameter */
/*
 * Console ring indexes (TRUST 24): whatever a guest writes there, no more than
 * the ring is taken or put, and no run leaves it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "peer/internal.h"

#define SIZE 2048U

static const uint32_t bases[] = { 0,          1,          SIZE - 1,   SIZE,
				  0x7fffffff, 0x80000000, 0xfffff800, 0xffffffff };

static void honest_distances(void **state)
{
	for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
		for (uint32_t n = 0; n <= SIZE; n++) {
			assert_int_equal(ring_used(bases[b] + n, bases[b], SIZE), n);
			assert_int_equal(ring_room(bases[b] + n, bases[b], SIZE), SIZE - n);
		}
	}
}

static void lies_yield_nothing(void **state)
{
	static const uint32_t lies[] = { SIZE + 1,   SIZE + 2,   0x10000,
					 0x7fffffff, 0x80000000, 0xffffffff };

	for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
		for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
			assert_int_equal(ring_used(bases[b] + lies[i], bases[b], SIZE), 0);
			assert_int_equal(ring_room(bases[b] + lies[i], bases[b], SIZE), 0);
		}
	}
}

static void runs_stay_inside(void **state)
{
	srand(4);
	for (int i = 0; i < 100000; i++) {
		uint32_t at = (uint32_t)rand() << 1 ^ rand(), want = rand() % (2 * SIZE);
		uint32_t n = ring_run(at, want, SIZE);

		assert_true(n <= want);
		assert_true((at & (SIZE - 1)) + n <= SIZE);
		assert_true(n || !want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_distances),
		cmocka_unit_test(lies_yield_nothing),
		cmocka_unit_test(runs_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
