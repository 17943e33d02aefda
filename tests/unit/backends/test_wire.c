/* SPDX-License-Identifier: MIT */
/* cflags: -I$(ROOT)/pvops-kit/shim/include */
/*
 * The arithmetic of shared rings: what both ends rely on, and what a liar cannot make them do.
 * ROUNDS and SEED in the environment make the random part longer.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <ringone/wire.h>
#include <ringone/wire_block.h>
#include "random.h"

#define BYTES 4096

static uint8_t page[BYTES] __attribute__((aligned(8)));
static struct ringone_ring front, back;

static void begin(uint32_t stride)
{
	memset(page, 0xee, sizeof(page));
	ringone_ring_begin(&front, page, BYTES, stride);
	ringone_ring_attach(&back, page, BYTES, stride, 0);
}

/* Both at index @at, as after a long life. */
static void begin_at(uint32_t stride, uint32_t at)
{
	begin(stride);
	front.produced = front.consumed = back.produced = back.consumed = at;
	front.head->req_prod = front.head->rsp_prod = at;
	front.head->req_event = front.head->rsp_event = at + 1;
}

static void test_entries(void **state)
{
	(void)state;
	assert_int_equal(ringone_ring_entries(4096, 108), 32); /* blkif */
	assert_int_equal(ringone_ring_entries(4096, 12), 256); /* netif, sending */
	assert_int_equal(ringone_ring_entries(4096, 8), 256);
	assert_int_equal(ringone_ring_entries(4096, 4032), 1);
	assert_int_equal(ringone_ring_entries(4096, 4033), 0);
	assert_int_equal(ringone_ring_entries(63, 1), 0);
	assert_int_equal(ringone_ring_entries(4096, 0), 0);
}

static void test_layout(void **state)
{
	struct ringone_blk_request *r;

	(void)state;
	begin(sizeof(union ringone_blk_entry));
	r = ringone_ring_at(&front, 1);
	assert_ptr_equal(r, page + 64 + 108);
	assert_ptr_equal(&r->id, page + 64 + 108 + 4);
	assert_ptr_equal(&r->segment[1], page + 64 + 108 + 28);
	assert_ptr_equal(ringone_ring_at(&front, 33), r);
	assert_int_equal(offsetof(struct ringone_blk_indirect, page), 24);
	assert_int_equal(offsetof(struct ringone_blk_answer, status), 10);
}

/* Full rings, one after the other, also where the index passes 2^32. */
static void test_rounds(void **state)
{
	(void)state;
	begin_at(12, 0xfffffff0);
	for (uint32_t round = 0; round < 40; round++) {
		for (uint32_t i = 0; i < back.entries; i++) {
			assert_int_equal(ringone_ring_free(&front), front.entries - i);
			ringone_ring_put(&front, &i, sizeof(i));
			assert_int_equal(ringone_ring_requests(&back), 0); /* not shown yet */
		}
		assert_int_equal(ringone_ring_free(&front), 0);
		assert_int_equal(ringone_ring_push_requests(&front), 1);
		assert_int_equal(ringone_ring_requests(&back), 256);
		for (uint32_t i = 0; i < back.entries; i++) {
			uint32_t got;

			ringone_ring_take(&back, &got, sizeof(got));
			assert_int_equal(got, i);
			got += 1000;
			ringone_ring_put(&back, &got, sizeof(got));
		}
		assert_int_equal(ringone_ring_push_answers(&back), 1);
		for (uint32_t i = 0; i < front.entries; i++) {
			uint32_t got;

			assert_true(ringone_ring_answers(&front) > 0);
			ringone_ring_take(&front, &got, sizeof(got));
			assert_int_equal(got, i + 1000);
		}
		assert_int_equal(ringone_ring_sleep_answers(&front), 0);
		assert_int_equal(ringone_ring_sleep_requests(&back), 0);
	}
}

/* Who has not gone to sleep is not notified; who has, is, once. */
static void test_notify(void **state)
{
	uint32_t e = 0;

	(void)state;
	begin(12);
	ringone_ring_put(&front, &e, sizeof(e));
	assert_int_equal(ringone_ring_push_requests(&front), 1);
	ringone_ring_put(&front, &e, sizeof(e));
	assert_int_equal(ringone_ring_push_requests(&front), 0);
	assert_int_equal(ringone_ring_sleep_requests(&back), 1); /* two are there */
	ringone_ring_take(&back, &e, sizeof(e));
	ringone_ring_take(&back, &e, sizeof(e));
	assert_int_equal(ringone_ring_sleep_requests(&back), 0);
	ringone_ring_put(&front, &e, sizeof(e));
	assert_int_equal(ringone_ring_push_requests(&front), 1);
}

static void test_lies(void **state)
{
	uint32_t e = 0;

	(void)state;
	begin_at(12, 7);
	back.head->req_prod = 7 + 256;
	assert_int_equal(ringone_ring_requests(&back), 256);
	back.head->req_prod = 7 + 257;
	assert_int_equal(ringone_ring_requests(&back), -1);
	back.head->req_prod = 6;
	assert_int_equal(ringone_ring_requests(&back), -1);
	assert_int_equal(ringone_ring_sleep_requests(&back), 0);
	/* Ten are taken and not answered: there is room for so many less. */
	back.consumed += 10;
	back.head->req_prod = 7 + 256;
	assert_int_equal(ringone_ring_requests(&back), 246);
	back.head->req_prod = 7 + 257;
	assert_int_equal(ringone_ring_requests(&back), -1);
	/* An answer to nothing. */
	assert_int_equal(ringone_ring_answers(&front), 0);
	front.head->rsp_prod = 8;
	assert_int_equal(ringone_ring_answers(&front), -1);
	ringone_ring_put(&front, &e, sizeof(e));
	assert_int_equal(ringone_ring_answers(&front), 1);
}

/* Any index, any stride: what is announced as waiting lies in the ring, in a bounded number. */
static void test_random_indexes(void **state)
{
	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(100000); i++) {
		uint32_t stride = 1 + random_below(300), at = random_32();
		int32_t n;

		begin_at(stride, at);
		back.consumed += random_below(back.entries + 1);
		back.head->req_prod = random_below(2) ? random_32()
						      : at + random_below(2 * back.entries);
		n = ringone_ring_requests(&back);
		assert_in_range(n + 1, 0, back.entries + 1);
		assert_true(n <= (int32_t)(back.entries - (back.consumed - back.produced)));
		for (; n > 0; n--) {
			uint8_t copy[300];

			ringone_ring_take(&back, copy, sizeof(copy));
		}
		n = ringone_ring_answers(&front);
		assert_true(n <= 0); /* nothing was asked */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries), cmocka_unit_test(test_layout),
		cmocka_unit_test(test_rounds),  cmocka_unit_test(test_notify),
		cmocka_unit_test(test_lies),    cmocka_unit_test(test_random_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
