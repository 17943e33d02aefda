/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c hypervisor/mm/frames.c */
/* cflags: -DFRAMES_4G=512u -DFRAMES_RESERVE=64u -include mm/host.h -Wno-unused-parameter -Wno-type-limits */
/*
 * A machine with memory on both sides of "4 GiB", which lie at frame 512 here: some of what lies
 * below is left for the heap, whatever domains ask for and however much there is above.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../hypervisor/mm/internal.h"

static struct domain dom;
uint32_t tlb_clock = 5;

void view_gone(struct page_info *p)
{
}

bool tlb_stale(uint32_t stamp)
{
	return false;
}

void flush_tlb_mask(uint32_t mask)
{
}

void put_page(struct page_info *p)
{
}

static int start(void **state)
{
	while (!mfn_eq(frame_alloc(NULL), INVALID_MFN))
		;
	host_reset();
	dom = (struct domain){ .mm.max_pages = ~0U };
	frames_add_region(MFN(1), 511); /* no block has frames on both sides */
	frames_add_region(MFN(512), 512);
	assert_int_equal(frames_free_low(), 511);
	return 0;
}

/* Below 4 GiB, one after the other, until there are no more: what is left there? */
static void all_but_the_reserve(void **state)
{
	while (!mfn_eq(frames_alloc_order(&dom, 0, 512), INVALID_MFN))
		;
	assert_int_equal(frames_free_low(), 64);
	assert_true(mfn_eq(frames_alloc_order(&dom, 3, 512), INVALID_MFN));
	assert_int_equal(frames_free_count(), 64 + 512);
	/* The heap gets what was left for it, and there is no charge for what was not to be had. */
	assert_false(mfn_eq(frame_alloc_low(NULL), INVALID_MFN));
	assert_int_equal(dom.mm.nr_pages, 511 - 64);
	/* Above they are anybody's, to the last; what has to be in a row finds none, and is not taken below. */
	while (!mfn_eq(frame_alloc(&dom), INVALID_MFN))
		;
	assert_int_equal(frames_free_count(), 63);
	assert_int_equal(frames_free_low(), 63);
}

/* Frames in exchange for others count as well, but for who has the devices. */
static void exchanged(void **state)
{
	bool again = false;

	while (!mfn_eq(frames_alloc_for_exchange(&dom, 0, 512, &again), INVALID_MFN))
		;
	assert_int_equal(frames_free_low(), 64);
	assert_int_equal(dom.mm.nr_pages, 0);
	dom.privileged = true;
	assert_false(mfn_eq(frames_alloc_for_exchange(&dom, 0, 512, &again), INVALID_MFN));
	assert_false(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_but_the_reserve, start),
		cmocka_unit_test_setup(exchanged, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
