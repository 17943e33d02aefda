/* SPDX-License-Identifier: MIT */
/* sources: */
/*
 * The 2-level event bitmaps against a model that keeps, for each port, what
 * the interface promises: an unmasked port that becomes pending is announced
 * once, a masked one is not, and unmasking makes up for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "event/bitmap.h"

#define PORTS 1024

struct maps {
	uint32_t pending[32], mask[32], selector;
};

static void set_and_mask(void **state)
{
	struct maps m = { 0 };

	(void)state;
	assert_int_equal(event_set(1, m.pending, m.mask, &m.selector), EVENT_UPCALL);
	assert_int_equal(m.pending[0], 2);
	assert_int_equal(m.selector, 1);
	assert_int_equal(event_set(1, m.pending, m.mask, &m.selector), EVENT_WAS_PENDING);
	/* A second port of the same word: pending, but already announced. */
	assert_int_equal(event_set(31, m.pending, m.mask, &m.selector), EVENT_QUIET);
	assert_int_equal(event_set(32, m.pending, m.mask, &m.selector), EVENT_UPCALL);
	assert_int_equal(m.selector, 3);
	m.mask[31] = 0x80000000;
	assert_int_equal(event_set(1023, m.pending, m.mask, &m.selector), EVENT_QUIET);
	assert_int_equal(m.pending[31], 0x80000000);
	assert_int_equal(m.selector, 3);
}

static void unmask(void **state)
{
	struct maps m = { .mask = { [0] = 0xffffffff } };

	(void)state;
	assert_false(event_unmask(5, m.pending, m.mask, &m.selector));
	assert_int_equal(m.mask[0], 0xffffffdf);
	assert_int_equal(event_set(6, m.pending, m.mask, &m.selector), EVENT_QUIET);
	assert_true(event_unmask(6, m.pending, m.mask, &m.selector));
	assert_int_equal(m.selector, 1);
	assert_false(event_unmask(6, m.pending, m.mask, &m.selector)); /* was not masked */
	assert_int_equal(event_set(7, m.pending, m.mask, &m.selector), EVENT_QUIET);
	assert_false(event_unmask(7, m.pending, m.mask, &m.selector)); /* announced already */
}

/* What a guest does in its upcall: take the selector, then each pending unmasked port. */
static uint32_t guest_scan(struct maps *m, uint32_t *seen)
{
	uint32_t words = m->selector, n = 0;

	m->selector = 0;
	for (uint32_t w = 0; w < 32; w++) {
		uint32_t ready = words & 1U << w ? m->pending[w] & ~m->mask[w] : 0;

		m->pending[w] &= ~ready;
		for (uint32_t b = 0; b < 32; b++) {
			if (ready & 1U << b) {
				seen[w * 32 + b]++;
				n++;
			}
		}
	}
	return n;
}

/*
 * Random sends, masks, unmasks and scans: no event is lost (each send to a port
 * that was idle is seen exactly once in the end) and an upcall is asked for
 * whenever there is something to see.
 */
static void nothing_is_lost(void **state)
{
	static uint32_t sent[PORTS], seen[PORTS];
	struct maps m = { 0 };
	uint32_t x = 1;
	bool upcall = false;

	(void)state;
	for (int i = 0; i < 400000; i++) {
		uint32_t port;

		x = x * 1664525 + 1013904223;
		port = 1 + (x >> 12) % (PORTS - 1);
		switch ((x >> 24) % 8) {
		case 0:
			m.mask[port / 32] |= 1U << port % 32;
			break;
		case 1:
			upcall |= event_unmask(port, m.pending, m.mask, &m.selector);
			break;
		case 2:
			/* The guest looks only when told to, as hardware would have it. */
			if (upcall) {
				upcall = false;
				guest_scan(&m, seen);
			}
			break;
		default:
			switch (event_set(port, m.pending, m.mask, &m.selector)) {
			case EVENT_UPCALL:
				upcall = true;
				/* fall through */
			case EVENT_QUIET:
				sent[port]++;
				break;
			case EVENT_WAS_PENDING:
				break;
			}
		}
		/* Announced means that an upcall is on its way. */
		assert_true(!m.selector || upcall);
	}
	for (uint32_t port = 1; port < PORTS; port++)
		upcall |= event_unmask(port, m.pending, m.mask, &m.selector);
	if (upcall)
		guest_scan(&m, seen);
	assert_memory_equal(sent, seen, sizeof(sent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_and_mask),
		cmocka_unit_test(unmask),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
