/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c hypervisor/mm/frames.c */
/* cflags: -include mm/host.h -Wno-unused-parameter -Wno-type-limits */
/*
 * The frame allocator: nothing is handed out twice or lost, blocks are aligned
 * and within their limit, what was freed joins up again, everything is scrubbed
 * and no stale translation survives into a frame's next life.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../../hypervisor/mm/internal.h"

static struct domain dom;

/* mm/topview.c: no frame here is the view of a table. */
uint32_t tlb_clock = 5;
static uint32_t last_flush = 5;

void view_gone(struct page_info *p)
{
}

bool tlb_stale(uint32_t stamp)
{
	return (int32_t)(stamp - last_flush) >= 0;
}

void flush_tlb_mask(uint32_t mask)
{
	last_flush = ++tlb_clock;
}

void put_page(struct page_info *p)
{
	if (!(--p->count & PGC_count_mask))
		page_last_put(p);
}

int get_page_type(struct page_info *p, uint32_t type)
{
	return -XEN_EINVAL;
}

/* One domain's own reference, as decrease_reservation drops it. */
static void give_up(uint32_t mfn)
{
	struct page_info *p = &frame_table[mfn];

	assert_int_equal(p->count, PGC_allocated | 1);
	p->count &= ~PGC_allocated;
	put_page(p);
}

static int start(void **state)
{
	/* What an earlier test left is taken out of the lists, then the machine begins anew. */
	while (!mfn_eq(frame_alloc(NULL), INVALID_MFN))
		;
	host_reset();
	host_seed(42);
	dom = (struct domain){ .mm.max_pages = ~0U };
	memset(host_frame(0), 0x5a, HOST_FRAMES * PAGE_SIZE);
	frames_add_region(MFN(3), HOST_FRAMES - 3 - 5); /* odd ends */
	assert_int_equal(frames_free_count(), HOST_FRAMES - 8);
	return 0;
}

static void everything_once(void **state)
{
	static bool seen[HOST_FRAMES];
	uint32_t n = 0;
	mfn_t m;

	while (!mfn_eq(m = frame_alloc(&dom), INVALID_MFN)) {
		assert_in_range(m.n, 3, HOST_FRAMES - 6);
		assert_false(seen[m.n]);
		seen[m.n] = true;
		n++;
		assert_ptr_equal(frame_table[m.n].owner, &dom);
		assert_int_equal(frame_table[m.n].count, PGC_allocated | 1);
		assert_int_equal(frame_table[m.n].type, 0);
	}
	assert_int_equal(n, HOST_FRAMES - 8);
	assert_int_equal(dom.mm.nr_pages, n);
	assert_int_equal(frames_free_count(), 0);
}

/* One frame behind the other, whatever blocks they are free in; what is in use is passed by. */
static void one_behind_the_other(void **state)
{
	mfn_t m = MFN(0), taken = frame_alloc_from(&dom, MFN(77));
	uint32_t n = 1;

	assert_int_equal(taken.n, 77);
	assert_int_equal(frames_free_count(), HOST_FRAMES - 9);
	assert_int_equal(frame_table[77].count, PGC_allocated | 1);
	for (; !mfn_eq(m = frame_alloc_from(&dom, MFN(m.n)), INVALID_MFN); m.n++)
		assert_int_equal(m.n, n++ + (m.n > 77) + 2);
	assert_int_equal(n, HOST_FRAMES - 8);
	assert_int_equal(dom.mm.nr_pages, n);
	assert_int_equal(frames_free_count(), 0);
	give_up(100);
	assert_true(mfn_eq(frame_alloc_from(&dom, MFN(101)), INVALID_MFN));
	assert_int_equal(frame_alloc_from(&dom, MFN(50)).n, 100);
}

/* Large extents lie behind each other, from the largest block on; a gap that would just fit is for others. */
static void extents_in_a_row(void **state)
{
	struct domain other = { .mm.max_pages = ~0U };
	mfn_t hole, m, last = INVALID_MFN;
	uint32_t rows = 0;

	/* Fragments of just that size, which would be the first choice otherwise. */
	hole = frames_alloc_order(NULL, ROW_ORDER, ~0U);
	m = frames_alloc_order(NULL, ROW_ORDER, ~0U);
	assert_false(mfn_eq(m, INVALID_MFN));
	for (uint32_t i = 0; i < 1 << ROW_ORDER; i++)
		frame_free(MFN(hole.n + i));
	for (int i = 0; i < 3; i++, last = m) {
		m = frames_alloc_order(&dom, ROW_ORDER, ~0U);
		assert_false(mfn_eq(m, INVALID_MFN));
		rows += m.n != last.n + (1 << ROW_ORDER);
		assert_int_equal(dom.mm.row_end, m.n + (1 << ROW_ORDER));
	}
	assert_int_equal(rows, 1);
	assert_int_equal(dom.mm.nr_pages, 3 << ROW_ORDER);
	/* And what is left is not wasted: another one gets all of it. */
	while (!mfn_eq(m = frames_alloc_order(&other, ROW_ORDER, ~0U), INVALID_MFN))
		last = m;
	while (!mfn_eq(frame_alloc(&other), INVALID_MFN))
		;
	assert_int_equal(frames_free_count(), 0);
	dom.mm.row_end = 0;
}

static void scrubbed(void **state)
{
	for (int i = 0; i < 100; i++) {
		mfn_t m = frame_alloc(&dom);
		const unsigned char *bytes = host_frame(m.n);

		for (uint32_t k = 0; k < PAGE_SIZE; k++)
			assert_int_equal(bytes[k], 0);
		memset(host_frame(m.n), 0xee, PAGE_SIZE);
		give_up(m.n);
	}
}

static void ceiling(void **state)
{
	dom.mm.max_pages = 5;
	for (int i = 0; i < 5; i++)
		assert_false(mfn_eq(frame_alloc(&dom), INVALID_MFN));
	assert_true(mfn_eq(frame_alloc(&dom), INVALID_MFN));
	assert_true(mfn_eq(frames_alloc_order(&dom, 3, ~0U), INVALID_MFN));
	assert_int_equal(dom.mm.nr_pages, 5);
	assert_false(mfn_eq(frame_alloc(NULL), INVALID_MFN)); /* the hypervisor has none */
}

static void stale_translations_are_flushed(void **state)
{
	mfn_t m = frame_alloc(&dom);
	uint32_t before = last_flush;

	frame_alloc(&dom);
	assert_int_equal(last_flush, before); /* nothing was freed since */
	give_up(m.n);
	frame_alloc(&dom);
	assert_true(last_flush > before);
}

static void contiguous(void **state)
{
	mfn_t m = frames_alloc_contig(&dom, 100, 64);

	assert_int_equal(m.n % 64, 0);
	for (uint32_t i = 0; i < 100; i++)
		assert_ptr_equal(frame_table[m.n + i].owner, &dom);
	assert_int_equal(dom.mm.nr_pages, 100);
	/* The tail of the block of 128 went back. */
	assert_int_equal(frames_free_count(), HOST_FRAMES - 8 - 100);
	assert_true(mfn_eq(frames_alloc_contig(&dom, HOST_FRAMES, 0), INVALID_MFN));
	assert_true(mfn_eq(frames_alloc_contig(&dom, 0, 0), INVALID_MFN));
	assert_true(mfn_eq(frames_alloc_order(&dom, 31, ~0U), INVALID_MFN));
	assert_true(mfn_eq(frames_alloc_order(&dom, 200, ~0U), INVALID_MFN));
}

static void address_limits(void **state)
{
	uint32_t n = 0;
	mfn_t m;

	while (!mfn_eq(m = frames_alloc_order(&dom, 2, 100), INVALID_MFN)) {
		assert_int_equal(m.n % 4, 0);
		assert_true(m.n + 4 <= 100);
		n++;
	}
	assert_int_equal(n, 24); /* 4 .. 99 in fours */
	assert_true(mfn_eq(frames_alloc_order(&dom, 0, 3), INVALID_MFN));
}

/* A thousand blocks come and go; in the end the machine is one piece again. */
static void random_churn(void **state)
{
	struct {
		uint32_t mfn, order;
	} live[64] = { 0 };
	uint32_t taken = 0;
	static bool used[HOST_FRAMES];

	memset(used, 0, sizeof(used));
	for (uint32_t step = 0; step < 20000; step++) {
		uint32_t i = host_random(64), order = host_random(5);
		mfn_t m;

		if (live[i].mfn) {
			for (uint32_t k = 0; k < 1U << live[i].order; k++) {
				used[live[i].mfn + k] = false;
				give_up(live[i].mfn + k);
			}
			taken -= 1U << live[i].order;
			live[i].mfn = 0;
		} else if (!mfn_eq(m = frames_alloc_order(&dom, order, ~0U), INVALID_MFN)) {
			assert_int_equal(m.n % (1U << order), 0);
			for (uint32_t k = 0; k < 1U << order; k++) {
				assert_false(used[m.n + k]);
				used[m.n + k] = true;
			}
			live[i].mfn = m.n;
			live[i].order = order;
			taken += 1U << order;
		}
		assert_int_equal(frames_free_count(), HOST_FRAMES - 8 - taken);
		assert_int_equal(dom.mm.nr_pages, taken);
	}
	for (uint32_t i = 0; i < 64; i++)
		for (uint32_t k = 0; live[i].mfn && k < 1U << live[i].order; k++)
			give_up(live[i].mfn + k);
	assert_false(mfn_eq(frames_alloc_order(&dom, 8, ~0U), INVALID_MFN));
	assert_false(mfn_eq(frames_alloc_order(&dom, 8, ~0U), INVALID_MFN));
}

/*
 * A large block is taken by somebody who can run again: what was scrubbed before the end is not
 * scrubbed twice, nothing is lost or charged meanwhile, and the frames are empty all the same.
 * One that was used in between is no longer clean.
 */
static void stops_half_way(void **state)
{
	uint32_t before, runs = 0, free;
	bool again;
	mfn_t m;

	for (uint32_t i = 0; i < HOST_FRAMES; i++)
		memset(host_frame(i), 0x5a, PAGE_SIZE);
	host_preempt_at_random = true;
	before = frames_scrubbed();
	free = frames_free_count();
	do {
		again = false;
		m = frames_alloc_order_again(&dom, 8, ~0U, &again);
		runs++;
		if (again) {
			assert_int_equal(frames_free_count(), free);
			assert_int_equal(dom.mm.nr_pages, 0);
		}
	} while (again);
	host_preempt_at_random = false;
	assert_false(mfn_eq(m, INVALID_MFN));
	assert_true(runs > 1);
	assert_int_equal(frames_scrubbed() - before, 256);
	for (uint32_t i = 0; i < 256; i++)
		for (uint32_t k = 0; k < PAGE_SIZE; k++)
			assert_int_equal(((char *)host_frame(m.n + i))[k], 0);

	for (uint32_t i = 0; i < 256; i++) {
		memset(host_frame(m.n + i), 0x5a, PAGE_SIZE);
		give_up(m.n + i);
	}
	before = frames_scrubbed();
	m = frames_alloc_order(&dom, 8, ~0U);
	assert_int_equal(frames_scrubbed() - before, 256);
	assert_int_equal(((char *)host_frame(m.n + 255))[17], 0);
}

/* Ours, never written to: frame_free_unused() says so, and it is believed once. */
static void unused_stays_clean(void **state)
{
	mfn_t m = frames_alloc_order(NULL, 3, ~0U);
	uint32_t before;

	for (uint32_t i = 0; i < 8; i++)
		frame_free_unused(MFN(m.n + i));
	before = frames_scrubbed();
	m = frames_alloc_order(NULL, 3, ~0U);
	assert_int_equal(frames_scrubbed(), before);
	for (uint32_t i = 0; i < 8; i++)
		frame_free(MFN(m.n + i));
	m = frames_alloc_order(NULL, 3, ~0U);
	assert_int_equal(frames_scrubbed() - before, 8);
}

/* A frame that loses its last reference with a type left is not handed out again. */
static void broken_frame_is_kept(void **state)
{
	mfn_t m = frame_alloc(&dom);
	uint32_t before = frames_free_count();

	frame_table[m.n].type = PGT_writable | PGT_validated | 1;
	give_up(m.n);
	assert_int_equal(frames_free_count(), before);
}

/*
 * What stands in the words of a free frame is nobody's business: links of a block it was the first
 * of, or what its last life left.  The next one begins with no type.
 */
static void a_new_life_has_no_type(void **state)
{
	mfn_t m = frames_alloc_order(&dom, 3, ~0U), again;

	for (uint32_t i = 0; i < 8; i++)
		give_up(m.n + i);
	/* Not the first one, which the allocator links. */
	for (uint32_t i = 1; i < 8; i++)
		frame_table[m.n + i].type = PGT_l1 | PGT_validated;
	do {
		again = frames_alloc_order(&dom, 3, ~0U);
		assert_false(mfn_eq(again, INVALID_MFN));
		for (uint32_t i = 0; i < 8; i++)
			assert_int_equal(frame_table[again.n + i].type, PGT_none);
	} while (!mfn_eq(again, m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_once, start),
		cmocka_unit_test_setup(one_behind_the_other, start),
		cmocka_unit_test_setup(extents_in_a_row, start),
		cmocka_unit_test_setup(scrubbed, start),
		cmocka_unit_test_setup(ceiling, start),
		cmocka_unit_test_setup(stale_translations_are_flushed, start),
		cmocka_unit_test_setup(contiguous, start),
		cmocka_unit_test_setup(address_limits, start),
		cmocka_unit_test_setup(random_churn, start),
		cmocka_unit_test_setup(stops_half_way, start),
		cmocka_unit_test_setup(unused_stays_clean, start),
		cmocka_unit_test_setup(broken_frame_is_kept, start),
		cmocka_unit_test_setup(a_new_life_has_no_type, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
