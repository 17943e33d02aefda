/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/time/scale.c hypervisor/machine/date.c */
/* cflags: -Wno-unused-parameter -Wno-format */
/*
 * How fast is the TSC, on a machine that stands still now and then?  The clocks here are one
 * number, true time, which every look at one of them moves on, and a pause moves far: the TSC and
 * the APIC's timer go on in it, and the PIT comes round.  Whatever the pauses, as long as there are
 * windows between them, the answer is the true one; and when there are none, nobody makes one up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* In the place of include/x86.h. */
#define RINGONE_X86_H
#include <stdint.h>

static inline void cpu_relax(void)
{
}

#define TSC_HZ   2600000000ULL
#define LAPIC_HZ 250000000ULL
#define LOOK_NS  400 /* what reading a clock takes */
#define MSEC     1000000ULL

static uint64_t now;               /* ns, the true time */
static uint64_t (*pause_at)(void); /* after a look: for how long the machine stands still */
static uint64_t pit_from, lapic_from;
static uint32_t lapic_count, windows;
static jmp_buf refused;

static void look(void)
{
	now += LOOK_NS;
	if (pause_at)
		now += pause_at();
}

static uint64_t ticks(uint64_t ns, uint64_t hz)
{
	return ns / 1000000000 * hz + ns % 1000000000 * hz / 1000000000;
}

static inline uint64_t rdtsc(void)
{
	look();
	return ticks(now, TSC_HZ);
}

#include "time/calibrate.c"

uint64_t div64_32(uint64_t n, uint32_t d, uint32_t *rem)
{
	if (rem)
		*rem = n % d;
	return n / d;
}

void pit_start(void)
{
	pit_from = now;
	windows++;
}

uint16_t pit_count(void)
{
	look();
	return 65535 - (uint16_t)ticks(now - pit_from, PIT_HZ);
}

void lapic_timer_start(uint32_t n)
{
	lapic_count = n;
	lapic_from = now;
}

uint32_t lapic_timer_left(void)
{
	look();
	return lapic_count - ticks(now - lapic_from, LAPIC_HZ);
}

void printk(enum loglevel level, const char *fmt, ...)
{
}

void cannot_run(const char *fmt, ...)
{
	longjmp(refused, 1);
}

/* Within a thousandth: what a short window comes to by what looking takes. */
static void assert_about(uint64_t is, uint64_t should_be)
{
	assert_in_range(is, should_be - should_be / 1000, should_be + should_be / 1000);
}

/* 1: it found no answer. */
static int run(uint64_t (*pauses)(void))
{
	now = 123456789;
	windows = 0;
	pause_at = pauses;
	tsc_khz = lapic_timer_hz = 0;
	if (setjmp(refused))
		return 1;
	calibrate();
	return 0;
}

static void finds_the_rates(void **state)
{
	assert_int_equal(run(NULL), 0);
	assert_int_equal(windows, 3);
	assert_about(tsc_khz, TSC_HZ / 1000);
	assert_about(lapic_timer_hz, LAPIC_HZ);
}

/* A whole round of the PIT: nothing of it shows there.  One window and a half lie between two. */
static uint64_t every_30_ms(void)
{
	static uint64_t last;
	const uint64_t length = 65536 * 1000000000ULL / PIT_HZ + 5 * MSEC;

	if (now < last)
		last = 0;
	if (now - last < 30 * MSEC)
		return 0;
	last = now + length;
	return length;
}

static void throws_away_what_has_a_pause(void **state)
{
	assert_int_equal(run(every_30_ms), 0);
	assert_true(windows > 3);
	assert_about(tsc_khz, TSC_HZ / 1000);
	assert_about(lapic_timer_hz, LAPIC_HZ);
}

/* So often that only a short window fits in between. */
static uint64_t every_4_ms(void)
{
	static uint64_t last;

	if (now < last)
		last = 0;
	if (now - last < 4 * MSEC)
		return 0;
	last = now + 60 * MSEC;
	return 60 * MSEC;
}

static void finds_room_between_pauses(void **state)
{
	assert_int_equal(run(every_4_ms), 0);
	assert_about(tsc_khz, TSC_HZ / 1000);
	assert_about(lapic_timer_hz, LAPIC_HZ);
}

/* The pause lies between the last look at the PIT and the reading of all three. */
static uint64_t behind_the_window(void)
{
	static uint32_t of;
	uint64_t in = now - pit_from;

	if (windows == of || windows > 3 || in < 20 * MSEC)
		return 0;
	of = windows;
	return 60 * MSEC;
}

static void sees_a_pause_at_the_end(void **state)
{
	assert_int_equal(run(behind_the_window), 0);
	assert_true(windows > 3);
	assert_about(tsc_khz, TSC_HZ / 1000);
}

static uint64_t always(void)
{
	static uint32_t looks;

	return ++looks % 64 ? 0 : 60 * MSEC;
}

static void says_when_there_is_no_room(void **state)
{
	assert_int_equal(run(always), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_rates),
		cmocka_unit_test(throws_away_what_has_a_pause),
		cmocka_unit_test(finds_room_between_pauses),
		cmocka_unit_test(sees_a_pause_at_the_end),
		cmocka_unit_test(says_when_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
