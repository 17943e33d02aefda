/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/time/queue.c */
/* cflags: -Wno-unused-parameter */
/*
 * The timer queue against a model that keeps no order at all: the expiry times
 * in an array.  Random operations, printed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "time/queue.h"

#define N 24

static struct timer timers[N];
static uint64_t model[N]; /* 0: not queued */

static uint64_t earliest(void)
{
	uint64_t min = 0;

	for (int i = 0; i < N; i++)
		if (model[i] && (!min || model[i] < min))
			min = model[i];
	return min;
}

static void check(const struct timer *head)
{
	int queued = 0, in_model = 0;

	assert_true((head ? head->expires : 0) == earliest());
	for (const struct timer *t = head; t; t = t->next) {
		assert_true(t->expires == model[t - timers]);
		assert_true(!t->next || t->next->expires >= t->expires);
		queued++;
	}
	for (int i = 0; i < N; i++)
		in_model += model[i] != 0;
	assert_int_equal(queued, in_model);
}

static void random_operations(void **state)
{
	unsigned int seed = getenv("SEED") ? atoi(getenv("SEED")) : 20231105;
	struct timer *head = NULL;

	print_message("SEED=%u\n", seed);
	srand(seed);
	for (int step = 0; step < 200000; step++) {
		int i = rand() % N;
		uint64_t when = 1 + rand() % 1000;
		struct timer *due;
		bool was_head = head == &timers[i], now_head;

		switch (rand() % 3) {
		case 0:
			timerq_remove(&head, &timers[i]);
			now_head = timerq_insert(&head, &timers[i], when);
			assert_int_equal(now_head, head == &timers[i]);
			model[i] = when;
			break;
		case 1:
			assert_int_equal(timerq_remove(&head, &timers[i]), was_head);
			assert_true(!timers[i].expires);
			model[i] = 0;
			break;
		case 2:
			due = timerq_pop_due(&head, when);
			if (due) {
				assert_true(model[due - timers] <= when);
				assert_true(model[due - timers] && !due->expires && !due->next);
				model[due - timers] = 0;
			} else {
				assert_true(!earliest() || earliest() > when);
			}
			break;
		}
		check(head);
	}
}

static void equals_keep_their_order(void **state)
{
	struct timer a = { 0 }, b = { 0 }, c = { 0 }, *head = NULL;

	assert_true(timerq_insert(&head, &a, 5));
	assert_false(timerq_insert(&head, &b, 5));
	assert_true(timerq_insert(&head, &c, 4));
	assert_ptr_equal(timerq_pop_due(&head, 5), &c);
	assert_ptr_equal(timerq_pop_due(&head, 5), &a);
	assert_ptr_equal(timerq_pop_due(&head, 5), &b);
	assert_null(timerq_pop_due(&head, ~0ULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(equals_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
