/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/machine/madt.c */
/* cflags: -Wno-unused-parameter */
/*
 * ACPI's interrupt controller table, as boards have it and as no board should:
 * every truncation of a good one and 200,000 damaged ones are read under ASan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "machine/machine.h"
#include "lib.h"

/* What a PC has: one processor, one IO-APIC, the timer on pin 2, interrupt 9 by level and low. */
/* clang-format off */
static const uint8_t pc[] = {
	[0] = 'A', 'P', 'I', 'C',
	[44] = 0, 8, 7, 0, 1, 0, 0, 0,				/* processor 7, APIC 0 */
	[52] = 1, 12, 5, 0, 0, 0, 0xc0, 0xfe, 16, 0, 0, 0,	/* IO-APIC 5 at 0xfec00000, from 16 */
	[64] = 2, 10, 0, 0, 2, 0, 0, 0, 0, 0,			/* ISA 0 -> 2, as the bus has it */
	[74] = 2, 10, 0, 9, 20, 0, 0, 0, 15, 0,			/* ISA 9 -> 20, level, low */
	[84] = 4, 6, 255, 0, 0, 1,				/* an NMI: not for us */
};
/* clang-format on */

static void a_pc(void **state)
{
	struct madt m;

	assert_true(madt_parse(pc, sizeof(pc), &m));
	assert_int_equal(m.nr_lapics, 1);
	assert_int_equal(m.first_acpi_id, 7);
	assert_int_equal(m.nr_ioapics, 1);
	assert_int_equal(m.ioapics[0].address, 0xfec00000);
	assert_int_equal(m.ioapics[0].gsi_base, 16);
	assert_int_equal(m.ioapics[0].id, 5);
	assert_int_equal(m.isa[0].gsi, 2);
	assert_false(m.isa[0].level || m.isa[0].low);
	assert_int_equal(m.isa[9].gsi, 20);
	assert_true(m.isa[9].level && m.isa[9].low);
	for (uint32_t i = 10; i < ISA_LINES; i++)
		assert_true(m.isa[i].gsi == i && !m.isa[i].level && !m.isa[i].low);
	assert_int_equal(m.dropped, 0);
}

static void nothing(void **state)
{
	struct madt m;

	assert_false(madt_parse(NULL, 0, &m));
	assert_int_equal(m.nr_ioapics, 0);
	for (uint32_t i = 0; i < ISA_LINES; i++)
		assert_int_equal(m.isa[i].gsi, i);
}

/* On the heap with its exact size, so that a read beyond is seen. */
static bool parse_copy(const uint8_t *table, uint32_t bytes, struct madt *m)
{
	uint8_t *copy = malloc(bytes + !bytes);
	bool good;

	memcpy(copy, table, bytes);
	good = madt_parse(copy, bytes, m);
	free(copy);
	return good;
}

static void cut_short(void **state)
{
	struct madt m;

	for (uint32_t n = 0; n <= sizeof(pc); n++)
		parse_copy(pc, n, &m);
	/* What stands before the damage counts. */
	assert_false(parse_copy(pc, 66, &m));
	assert_int_equal(m.nr_ioapics, 1);
	assert_int_equal(m.isa[0].gsi, 0);
}

static void too_many(void **state)
{
	uint8_t table[44 + 20 * 12] = { 0 };
	struct madt m;

	for (uint32_t i = 0; i < 20; i++) {
		table[44 + i * 12] = 1;
		table[44 + i * 12 + 1] = 12;
	}
	assert_true(parse_copy(table, sizeof(table), &m));
	assert_int_equal(m.nr_ioapics, MAX_IOAPICS);
	assert_int_equal(m.dropped, 20 - MAX_IOAPICS);
}

/* Overrides of other buses, of lines beyond ISA's, to lines beyond anything. */
static void strange_overrides(void **state)
{
	uint8_t table[sizeof(pc)];
	struct madt m;

	for (int what = 0; what < 3; what++) {
		memcpy(table, pc, sizeof(pc));
		if (what == 0)
			table[76] = 1;
		else if (what == 1)
			table[77] = 16;
		else
			table[81] = 1;
		assert_true(parse_copy(table, sizeof(table), &m));
		assert_int_equal(m.isa[9].gsi, 9);
		assert_int_equal(m.dropped, 1);
	}
}

static void damaged(void **state)
{
	uint8_t table[sizeof(pc)];
	struct madt m;

	srand(1);
	for (int i = 0; i < 200000; i++) {
		memcpy(table, pc, sizeof(pc));
		for (int n = rand() % 6 + 1; n; n--)
			table[44 + rand() % (sizeof(pc) - 44)] = rand();
		parse_copy(table, sizeof(table), &m);
		assert_true(m.nr_ioapics <= MAX_IOAPICS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pc),
		cmocka_unit_test(nothing),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(too_many),
		cmocka_unit_test(strange_overrides),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
