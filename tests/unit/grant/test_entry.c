/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/grant/entry.c */
/* cflags: -Wno-unused-parameter */
/*
 * Grant entries (TRUST 22): bounds of the table, who may do what, and that a
 * release takes away what its acquire added and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "grant/entry.h"

#define ME    7
#define OTHER 8

static void table_bounds(void **state)
{
	void *frames[3];

	for (int i = 0; i < 3; i++)
		frames[i] = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	assert_null(grant_entry(frames, 0, 0)); /* no table */
	for (uint32_t ref = 0; ref < 3 * GRANTS_PER_FRAME; ref++) {
		char *e = (char *)grant_entry(frames, 3, ref),
		     *page = frames[ref / GRANTS_PER_FRAME];

		assert_true(e >= page && e + sizeof(grant_entry_v1_t) <= page + PAGE_SIZE);
	}
	assert_null(grant_entry(frames, 3, 3 * GRANTS_PER_FRAME));
	assert_null(grant_entry(frames, 3, ~0U));
	assert_null(grant_entry(frames, 1, GRANTS_PER_FRAME));
	for (int i = 0; i < 3; i++)
		free(frames[i]);
}

static int16_t try_to(enum grant_use use, uint16_t flags, domid_t domid, bool write)
{
	_Alignas(8) grant_entry_v1_t e = { .flags = flags, .domid = domid, .frame = 0x1234 };
	mfn_t frame = MFN(0);
	uint16_t taken = 0;
	int16_t status = grant_acquire(&e, ME, write, use, &frame, &taken);

	if (status == GNTST_okay) {
		assert_int_equal(frame.n, 0x1234);
		assert_true(e.flags & GTF_reading);
		assert_true(!write || (e.flags & GTF_writing));
		assert_int_equal(e.flags & ~taken, flags);
		grant_release(&e, taken);
	}
	assert_int_equal(e.flags, flags);
	assert_int_equal(e.domid, domid);
	return status;
}

static int16_t try(uint16_t flags, domid_t domid, bool write)
{
	return try_to(GRANT_TO_MAP, flags, domid, write);
}

static void who_may(void **state)
{
	assert_int_equal(try(GTF_permit_access, ME, false), GNTST_okay);
	assert_int_equal(try(GTF_permit_access, ME, true), GNTST_okay);
	assert_int_equal(try(GTF_permit_access | GTF_readonly, ME, false), GNTST_okay);
	assert_int_equal(try(GTF_permit_access | GTF_readonly, ME, true), GNTST_general_error);
	assert_int_equal(try(GTF_permit_access, OTHER, false), GNTST_general_error);
	assert_int_equal(try(GTF_invalid, ME, false), GNTST_general_error);
	assert_int_equal(try(GTF_accept_transfer, ME, false), GNTST_general_error);
	assert_int_equal(try(GTF_transitive, ME, false), GNTST_general_error);
	/* A part of a page: to copy from, which looks at no more than version 1 has, but not to map. */
	assert_int_equal(try(GTF_permit_access | GTF_sub_page, ME, false), GNTST_general_error);
	assert_int_equal(try_to(GRANT_TO_COPY, GTF_permit_access | GTF_sub_page, ME, false),
			 GNTST_okay);
}

/* Bits that were there before, another user's or the guest's own invention, stay. */
static void release_is_exact(void **state)
{
	assert_int_equal(try(GTF_permit_access | GTF_reading, ME, false), GNTST_okay);
	assert_int_equal(try(GTF_permit_access | GTF_reading, ME, true), GNTST_okay);
	assert_int_equal(try(GTF_permit_access | GTF_reading | GTF_writing, ME, true), GNTST_okay);
	assert_int_equal(try(GTF_permit_access | GTF_PCD | 0xf000, ME, true), GNTST_okay);
}

static void copies_stay_in_their_pages(void **state)
{
	assert_true(grant_copy_fits(0, 0, PAGE_SIZE));
	assert_true(grant_copy_fits(PAGE_SIZE - 1, PAGE_SIZE - 1, 1));
	assert_true(grant_copy_fits(PAGE_SIZE, PAGE_SIZE, 0));
	assert_false(grant_copy_fits(1, 0, PAGE_SIZE));
	assert_false(grant_copy_fits(0, 1, PAGE_SIZE));
	assert_false(grant_copy_fits(0xffff, 0, 1));
	assert_false(grant_copy_fits(0, 0xffff, 0xffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_bounds),
		cmocka_unit_test(who_may),
		cmocka_unit_test(release_is_exact),
		cmocka_unit_test(copies_stay_in_their_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
