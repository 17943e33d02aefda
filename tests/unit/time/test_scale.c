/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/time/scale.c hypervisor/machine/date.c */
/* cflags: -Wno-unused-parameter */
/*
 * Ticks to nanoseconds: exact enough, never overflowing, and never running
 * backwards when a span is split by a fresh time stamp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "machine/machine.h"
#include "lib.h"
#include "time/scale.h"

/* The hypervisor's own avoids libgcc; here the processor divides. */
uint64_t div64_32(uint64_t n, uint32_t d, uint32_t *rem)
{
	if (rem)
		*rem = n % d;
	return n / d;
}

static const uint64_t frequencies[] = {
	1000,       32768,      1193182,    4000000,    100000000,     999999999,     1000000000,
	1000000001, 1999999999, 2000000000, 2000000001, 2893202000ULL, 5000000000ULL, 1ULL << 39,
};

static void scale_is_normalised(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(frequencies); i++) {
		struct timescale s = timescale_from_hz(frequencies[i]);

		assert_true(s.mul >= 1U << 31);
	}
}

/* One second of ticks is a second to within a part in 2^29 and the rounding of one tick. */
static void one_second_is_one_second(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(frequencies); i++) {
		uint64_t hz = frequencies[i], ns = ticks_to_ns(hz, timescale_from_hz(hz));
		uint64_t tolerance = 2 + 1000000000 / hz;

		if (hz >> 31) /* the low bits of big frequencies are shifted out */
			tolerance += 1000000000 / (1 << 29);
		assert_in_range(ns, 1000000000 - tolerance, 1000000000 + tolerance);
	}
}

static void compared_with_wide_arithmetic(void **state)
{
	srand(1);
	for (int i = 0; i < 100000; i++) {
		uint64_t ticks = ((uint64_t)rand() << 31 ^ rand()) >> rand() % 40;
		struct timescale s =
			timescale_from_hz(1000 + (((uint64_t)rand() << 8) >> rand() % 24));
		unsigned __int128 wide;

		if (s.shift > 0)
			ticks >>= s.shift; /* a span that the shift does not push out */
		wide = s.shift < 0 ? ticks >> -s.shift : ticks << s.shift;
		wide = wide * s.mul >> 32;
		assert_true(ticks_to_ns(ticks, s) == (uint64_t)wide);
	}
}

/* A hundred years at 5 GHz fit. */
static void long_uptimes_do_not_wrap(void **state)
{
	uint64_t seconds = 100ULL * 365 * 86400, hz = 5000000000ULL;
	uint64_t ns = ticks_to_ns(seconds * hz, timescale_from_hz(hz));

	assert_in_range(ns / 1000000000, seconds - seconds / 100000000 - 1, seconds + 1);
}

static void a_fresh_stamp_is_never_behind(void **state)
{
	srand(2);
	for (int i = 0; i < 100000; i++) {
		struct timescale s = timescale_from_hz(1000 + ((uint64_t)rand() << rand() % 9));
		uint64_t a = rand(), b = rand();

		assert_true(ticks_to_ns(a, s) + ticks_to_ns(b, s) <= ticks_to_ns(a + b, s));
	}
}

static void measuring(void **state)
{
	assert_true(measured_hz(20000000, 23863, 1193182) == 20000000ULL * 1193182 / 23863);
	/* 5 GHz over 55 ms: the product would not fit 32 bits anywhere on the way */
	assert_true(measured_hz(274625000, 65535, 1193182) == 274625000ULL * 1193182 / 65535);
	assert_true(median3(1, 2, 3) == 2 && median3(3, 1, 2) == 2 && median3(2, 3, 1) == 2);
	assert_true(median3(7, 7, 1) == 7 && median3(1, 7, 7) == 7);
}

static void timers_do_not_fire_early(void **state)
{
	srand(3);
	assert_int_equal(ns_to_ticks(0, 1000000), 0);
	assert_int_equal(ns_to_ticks(1, 1000), 1);
	assert_int_equal(ns_to_ticks(1000000000, 1000000000), 1000000000);
	assert_int_equal(ns_to_ticks(~0ULL, 1000), UINT32_MAX);
	assert_int_equal(ns_to_ticks(~0ULL, 4000000000U), UINT32_MAX);
	for (int i = 0; i < 100000; i++) {
		uint64_t ns = ((uint64_t)rand() << 4) >> rand() % 34;
		uint32_t hz = 1000 + ((uint32_t)rand() >> rand() % 20);
		unsigned __int128 exact = (unsigned __int128)ns * hz;
		uint64_t ticks = ns_to_ticks(ns, hz);

		if (ticks != UINT32_MAX) {
			assert_true((unsigned __int128)ticks * 1000000000 >= exact);
			assert_true((unsigned __int128)ticks * 1000000000 < exact + 1000000000);
		}
	}
}

/* Against the C library's calendar, the turn of each day from 1970 to 2099. */
static void dates(void **state)
{
	for (time_t t = 0; t < 130LL * 365 * 86400; t += 86399) {
		struct tm *g = gmtime(&t);

		assert_true(date_to_seconds(g->tm_year + 1900, g->tm_mon + 1, g->tm_mday,
					    g->tm_hour, g->tm_min, g->tm_sec) == (uint64_t)t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_is_normalised),
		cmocka_unit_test(one_second_is_one_second),
		cmocka_unit_test(compared_with_wide_arithmetic),
		cmocka_unit_test(long_uptimes_do_not_wrap),
		cmocka_unit_test(a_fresh_stamp_is_never_behind),
		cmocka_unit_test(measuring),
		cmocka_unit_test(timers_do_not_fire_early),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
