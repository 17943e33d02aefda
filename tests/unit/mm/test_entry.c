/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/mm/host.c hypervisor/mm/entry.c hypervisor/lib/ranges.c */
/* cflags: -include mm/host.h -Wno-unused-parameter */
/*
 * Which bits an entry may carry, bit by bit, and which ranges a guest pointer
 * may name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../hypervisor/mm/internal.h"

/* Not called from here, but named by inline functions. */
uint32_t tlb_clock;

void put_page(struct page_info *p)
{
}

void page_last_put(struct page_info *p)
{
}

int get_page_type(struct page_info *p, uint32_t type)
{
	return -XEN_EINVAL;
}

static bool allowed(uint64_t forbidden, int bit)
{
	return !(forbidden >> bit & 1);
}

static void each_bit(uint32_t phys_bits, bool nx)
{
	entry_masks_init(nx ? PTE_NX : 0, phys_bits);
	for (int bit = 0; bit < 64; bit++) {
		bool frame = bit >= 12 && bit < (int)(phys_bits < 44 ? phys_bits : 44);
		bool avail = bit >= 9 && bit <= 11, top = bit == 63 && nx;

		/* L1: all but G (8).  L2: no cache attributes (3, 4), no large page (7), no G. */
		assert_int_equal(allowed(l1_forbidden, bit), bit <= 7 || avail || frame || top);
		assert_int_equal(allowed(l2_forbidden, bit),
				 bit <= 2 || bit == 5 || bit == 6 || avail || frame || top);
		assert_int_equal(allowed(l3_forbidden, bit),
				 bit <= 2 || bit == 5 || bit == 6 || avail || frame);
		/* What may change without a look: US, A, D, available bits, NX. */
		assert_int_equal(l1_harmless >> bit & 1,
				 bit == 2 || bit == 5 || bit == 6 || avail || top);
		assert_int_equal(l2_harmless >> bit & 1,
				 bit == 2 || bit == 5 || bit == 6 || avail || top);
	}
}

static void bits(void **state)
{
	each_bit(36, true);
	each_bit(40, false);
	each_bit(52, true); /* more than a frame number of ours can say: refused */
}

static void io_frames(void **state)
{
	static struct domain dom;

	dom.privileged = true;
	assert_true(io_frame_ok(&dom, MFN(0xb8)));
	assert_true(io_frame_ok(&dom, MFN(0xfd000)));
	assert_false(io_frame_ok(&dom, MFN(0xfee00)));
	assert_false(io_frame_ok(&dom, MFN(0xfee80)));
	assert_false(io_frame_ok(&dom, MFN(0xfec00)));
	/* A chip at an address that only the firmware's table tells. */
	assert_true(io_frame_ok(&dom, MFN(0xd0000)));
	io_frame_keep(MFN(0xd0000));
	assert_false(io_frame_ok(&dom, MFN(0xd0000)));
	assert_true(io_frame_ok(&dom, MFN(0xd0001)));
	dom.privileged = false;
	assert_false(io_frame_ok(&dom, MFN(0xb8)));
}

static void ranges(void **state)
{
	static const struct {
		uint32_t start, bytes;
		bool ok;
	} cases[] = {
		{ 0, 0, true },
		{ 0, 16, true },
		{ 0xbffffff0, 0x20, true },
		{ 0xfbfffff0, 0x10, true },
		{ 0xfbfffff0, 0x11, false },
		{ 0xfc000000, 0, true },
		{ 0xfc000000, 1, false },
		{ 0xfc000001, 0, false },
		{ 0xfffffff0, 0x10, false },
		{ 0xfffffff0, 0x20, false },
		{ 0xffffffff, 1, false },
		{ 0xc0000000, 0x3c000000, true },
		{ 0xc0000000, 0x3c000001, false },
		{ 0xc0000000, 0x40000000, false },
		{ 0xc0000000, 0xffffffff, false },
		{ 0, 0xffffffff, false },
		{ 0x10, 0xfffffff0, false },
		{ 0x1000, 0xfffff000, false },
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (range_below(cases[i].start, cases[i].bytes, HOLE_START) != cases[i].ok)
			fail_msg("%#x + %#x", cases[i].start, cases[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits),
		cmocka_unit_test(io_frames),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
