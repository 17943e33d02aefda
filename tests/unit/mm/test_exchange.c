/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c */
/* cflags: -include mm/host.h -Wno-unused-parameter -Wno-unused-function -ffunction-sections -Wl,--gc-sections */
/*
 * Which frames XENMEM_exchange may take: the domain's own, that nobody uses.
 * A guest of a lone domain cannot show the first half, since every frame it
 * could name and is not its own is in use by somebody; here there are two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mm/exchange.c"
#include "mm/transfer.c"

static struct domain mine, other;

static struct page_info *frame(uint32_t n, struct domain *owner, uint32_t count, uint32_t type)
{
	struct page_info *p = mfn_to_page(MFN(n));

	host_reset();
	p->owner = owner;
	p->count = count;
	p->type = type;
	return p;
}

static void unused_frame_of_its_own(void **state)
{
	struct page_info *p = frame(5, &mine, PGC_allocated | 1, 0);

	assert_true(frame_steal(&mine, MFN(5)));
	assert_int_equal(p->count, 0);
}

static void somebody_elses(void **state)
{
	struct page_info *p = frame(5, &other, PGC_allocated | 1, 0);

	assert_false(frame_steal(&mine, MFN(5)));
	assert_int_equal(p->count, PGC_allocated | 1);
	p = frame(5, NULL, PGC_allocated | 1, 0);
	assert_false(frame_steal(&mine, MFN(5)));
	assert_int_equal(p->count, PGC_allocated | 1);
}

static void mapped(void **state)
{
	struct page_info *p = frame(5, &mine, PGC_allocated | 2, 0);

	assert_false(frame_steal(&mine, MFN(5)));
	assert_int_equal(p->count, PGC_allocated | 2);
}

static void given_away_already(void **state)
{
	struct page_info *p = frame(5, &mine, 1, 0);

	assert_false(frame_steal(&mine, MFN(5)));
	assert_int_equal(p->count, 1);
}

static void of_a_type(void **state)
{
	frame(5, &mine, PGC_allocated | 1, PGT_l1 | 1);
	assert_false(frame_steal(&mine, MFN(5)));
}

static void not_memory(void **state)
{
	host_reset();
	assert_false(frame_steal(&mine, MFN(HOST_FRAMES + 1)));
	assert_false(frame_steal(&mine, MFN(0xffffffff)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unused_frame_of_its_own),
		cmocka_unit_test(somebody_elses),
		cmocka_unit_test(mapped),
		cmocka_unit_test(given_away_already),
		cmocka_unit_test(of_a_type),
		cmocka_unit_test(not_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
