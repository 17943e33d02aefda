/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/lib/descriptor.c */
/* cflags: -Wno-unused-parameter */
/*
 * Descriptors: whatever a guest writes, no byte at or behind `end` can be
 * reached through what descriptor_check() lets stand.  The model asks the
 * question byte by byte, as the processor would, around every border.
 * CPU_SEED=N repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "descriptor.h"

#define END          0xfc080000U
#define RANDOM_DESCS 300000

static uint64_t rng_state;

static uint32_t rng(void)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return rng_state >> 33;
}

static uint64_t make(uint32_t base, uint32_t limit, uint64_t bits)
{
	return desc_set_limit_field(bits | (uint64_t)(base & 0xffffff) << 16 |
					    (uint64_t)(base & 0xff000000) << 32,
				    limit);
}

#define DATA3 (DESC_P | DESC_S | DESC_RW | 3ULL << DESC_DPL_SHIFT)
#define CODE1 (DESC_P | DESC_S | DESC_CODE | DESC_RW | 1ULL << DESC_DPL_SHIFT)
#define BIG   (DESC_G | DESC_DB)

/* Is a byte at `offset` inside, and does it lie in the hole? */
static bool reaches(uint64_t d, uint32_t offset, uint32_t end)
{
	return desc_inside(d, offset, 1) && desc_base(d) + offset >= end;
}

static bool any_byte_reaches(uint64_t d, uint32_t end)
{
	uint32_t base = desc_base(d), limit = desc_limit(d);
	/* Borders: of the segment, of the hole and of the address space, in offsets. */
	const uint32_t borders[] = { 0,   limit,      limit + 1, 0xffff,        0x10000,
				     ~0U, end - base, -base,     end - 1 - base };

	for (uint32_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		for (int32_t delta = -3; delta <= 3; delta++)
			if (reaches(d, borders[i] + delta, end))
				return true;
	for (int i = 0; i < 64; i++)
		if (reaches(d, rng() << 1 ^ rng(), end))
			return true;
	return false;
}

static void flat(void **state)
{
	uint64_t d = make(0, 0xfffff, DATA3 | BIG);

	assert_true(descriptor_check(&d, END));
	assert_int_equal(desc_limit(d), END - 1);
	assert_true(d & DESC_A);
	d = make(0, 0xfffff, CODE1 | BIG);
	assert_true(descriptor_check(&d, END));
	assert_int_equal(desc_limit(d), END - 1);
}

static void untouched(void **state)
{
	const uint64_t fine[] = {
		0,
		make(0x1000, 0xfff, DATA3 | DESC_A),
		make(0xb7f00123, 0xfff, DATA3 | DESC_A | DESC_DB),
		make(END - 0x1000, 0xfff, DATA3 | DESC_A),
		make(0, 0xfffff, DESC_G), /* not present */
		make(0, (END >> 12) - 1, CODE1 | BIG | DESC_A),
	};

	for (uint32_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		uint64_t d = fine[i];

		assert_true(descriptor_check(&d, END));
		assert_true(d == fine[i]);
	}
}

static void privilege(void **state)
{
	uint64_t d = make(0, 0xfff, DESC_P | DESC_S | DESC_RW);

	assert_true(descriptor_check(&d, END));
	assert_int_equal(DESC_DPL(d), 1);
}

static void out_of_reach(void **state)
{
	uint64_t d = make(END, 0, DATA3);

	assert_true(descriptor_check(&d, END));
	assert_false(d & DESC_P);
	d = make(0xfffff000, 0xfffff, CODE1 | BIG);
	assert_true(descriptor_check(&d, END));
	assert_false(d & DESC_P);
	d = make(END - 0x8000, 0, DATA3 | DESC_EC); /* 16-bit, expand-down */
	assert_true(descriptor_check(&d, END));
	assert_false(d & DESC_P);
}

static void expand_down(void **state)
{
	uint64_t d = make(0xb7f00340, 0, DATA3 | DESC_EC | BIG);

	assert_true(descriptor_check(&d, END));
	assert_true(d & DESC_P);
	assert_true(desc_inside(d, -4, 4));
	assert_false(desc_inside(d, 0, 1));
	assert_false(any_byte_reaches(d, END));
}

/* The two forms that the 4gb_segments assist turns into each other are stable and safe. */
static void two_forms(void **state)
{
	for (int n = 0; n < 20000; n++) {
		uint32_t base = 1 + rng() * 2 % (END - 1);
		uint64_t up = make(base, 0xfffff, DATA3 | BIG), down, again;

		assert_true(descriptor_check(&up, END));
		down = desc_lowest(up | DESC_EC);
		again = down;
		assert_true(descriptor_check(&again, END));
		assert_true(again == down);
		assert_false(any_byte_reaches(down, END));
		assert_true(desc_longest(down & ~DESC_EC, END) == up);
		if (base >= 0x1000)
			assert_true(desc_inside(down, -1, 1));
		assert_true(desc_inside(up, 0, 1));
	}
}

static void gates(void **state)
{
	const uint64_t call = DESC_P | 0xcULL << 40 | 3ULL << DESC_DPL_SHIFT;

	for (uint64_t type = 0; type < 16; type++) {
		uint64_t d = DESC_P | type << 40 | 3ULL << DESC_DPL_SHIFT | 0x63ULL << 16;

		assert_int_equal(descriptor_check(&d, END), type == 0 || type == 0xc);
	}
	for (uint64_t sel = 0; sel < 0x10000; sel++) {
		uint64_t d = call | sel << 16;
		uint32_t entry = sel & 0xfff8;
		bool own = !(sel & 4) && entry >= 0xe000 && entry != 0xe018 && entry != 0xe028;

		assert_int_equal(descriptor_check(&d, END), !own && (sel & 0xfffc));
		assert_int_equal(gate_selector_ok(sel), !own && (sel & 0xfffc));
	}
}

static uint32_t nr_plain;

/* The short way does what the long one does, or nothing. */
static void plain_agrees(uint64_t d, uint32_t end)
{
	uint32_t low = d, high = d >> 32;
	uint64_t was = d, got;

	if (!descriptor_plain(&low, &high, end)) {
		assert_true(low == (uint32_t)was && high == (uint32_t)(was >> 32));
		return;
	}
	nr_plain++;
	got = (uint64_t)high << 32 | low;
	assert_true(descriptor_check(&d, end));
	if (got != d) {
		print_error("%016llx became %016llx and %016llx, end %08x\n",
			    (unsigned long long)was, (unsigned long long)got, (unsigned long long)d,
			    end);
		fail();
	}
}

static void plain_borders(void **state)
{
	for (int64_t delta = -0x110000; delta <= 0x110000; delta += 0x1000)
		for (uint32_t n = 0; n < 8; n++) {
			uint32_t base = END + delta, limit = n < 4 ? 0xfffff >> (4 * n) : ~delta;

			plain_agrees(make(base, limit, DATA3), END);
			plain_agrees(make(base, limit, DATA3 | BIG), END);
			plain_agrees(make(base, limit, CODE1 | BIG), END);
			plain_agrees(make(base + n, limit, DATA3 | DESC_G), END);
			plain_agrees(make(n << 12, (END >> 12) - n - 2 + delta / 0x1000,
					  DATA3 | BIG),
				     END);
			plain_agrees(make(base, limit, DATA3 & ~(3ULL << DESC_DPL_SHIFT)), END);
			plain_agrees(make(base, limit, DATA3 | DESC_EC | BIG), END);
		}
}

static void random_descriptors(void **state)
{
	for (uint32_t n = 0; n < RANDOM_DESCS; n++) {
		uint64_t d = (uint64_t)rng() << 42 ^ (uint64_t)rng() << 21 ^ rng(), was;
		uint32_t end = rng() % 4 ? END : 0xfc000000U + (rng() % 0x600) * 0x1000 + 0x1000;

		if (rng() % 2)
			d |= DESC_P | DESC_S;
		if (rng() % 4 == 0)
			d |= 0xffULL << 56; /* near the hole */
		was = d;
		plain_agrees(d, end);
		if (!descriptor_check(&d, end)) {
			assert_false(was & DESC_S);
			continue;
		}
		if (!(d & DESC_P) || !(d & DESC_S))
			continue;
		if (any_byte_reaches(d, end) || !DESC_DPL(d) || !(d & DESC_A)) {
			print_error("%016llx became %016llx, end %08x\n", (unsigned long long)was,
				    (unsigned long long)d, end);
			fail();
		}
		/* Checked once, a descriptor stays as it is. */
		was = d;
		assert_true(descriptor_check(&d, end));
		assert_true(d == was);
	}
	assert_true(nr_plain > RANDOM_DESCS / 20);
}

static int seed(void **state)
{
	const char *s = getenv("CPU_SEED");

	rng_state = s ? strtoull(s, NULL, 0) : (uint64_t)time(NULL);
	print_message("seed: CPU_SEED=%llu\n", (unsigned long long)rng_state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat),          cmocka_unit_test(untouched),
		cmocka_unit_test(privilege),     cmocka_unit_test(out_of_reach),
		cmocka_unit_test(expand_down),   cmocka_unit_test(two_forms),
		cmocka_unit_test(gates),         cmocka_unit_test(random_descriptors),
		cmocka_unit_test(plain_borders),
	};

	return cmocka_run_group_tests(tests, seed, NULL);
}
