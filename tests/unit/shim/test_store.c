/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/shim/world.c pvops-kit/shim/src/store.c pvops-kit/shim/src/event.c pvops-kit/shim/src/grant.c */
/* cflags: -U__XEN_TOOLS__ -I$(ROOT)/pvops-kit/shim/include */
/* The store's client against a daemon that talks through a real ring; and the grant table. */
#include "world.h"

static char value[RINGONE_STORE_VALUE];

static void test_read_and_write(void **state)
{
	(void)state;
	world_write("name", "guest");
	assert_int_equal(ringone_store_read(&store, "name", value, sizeof(value)), 5);
	assert_string_equal(value, "guest");
	assert_int_equal(ringone_store_write(&store, "data/x", "17"), 0);
	assert_string_equal(world_read("data/x"), "17");
	assert_int_equal(ringone_store_remove(&store, "data/x"), 0);
	assert_null(world_read("data/x"));
}

static void test_errors_are_numbers(void **state)
{
	(void)state;
	assert_int_equal(ringone_store_read(&store, "nothing", value, sizeof(value)), -XEN_ENOENT);
	/* The connection is fit for the next request. */
	world_write("something", "1");
	assert_int_equal(ringone_store_read(&store, "something", value, sizeof(value)), 1);
}

static void test_answer_longer_than_buffer(void **state)
{
	char guard[16] = "xxxxxxxxxxxxxxx";

	(void)state;
	world_write("long", "abcdefghij");
	assert_int_equal(ringone_store_read(&store, "long", guard, 5), -XEN_E2BIG);
	assert_string_equal(guard + 5, "xxxxxxxxxx");
	assert_int_equal(ringone_store_read(&store, "long", guard, 10), -XEN_E2BIG);
	assert_int_equal(ringone_store_read(&store, "long", value, 11), 10);
}

static void test_list(void **state)
{
	(void)state;
	world_write("device/vbd", "");
	world_write("device/vif", "");
	assert_int_equal(ringone_store_list(&store, "device", value, sizeof(value)), 8);
	assert_memory_equal(value, "vbd\0vif", 8);
	assert_int_equal(ringone_store_list(&store, "device", value, 6), -XEN_E2BIG);
}

/* A message of three ring sizes goes and comes in pieces. */
static void test_longer_than_the_ring(void **state)
{
	static char big[3001], back[3100];

	(void)state;
	memset(big, 'b', 3000);
	assert_int_equal(ringone_store_write(&store, "big", big), 0);
	assert_string_equal(world_read("big"), big);
	assert_int_equal(ringone_store_read(&store, "big", back, sizeof(back)), 3000);
	assert_string_equal(back, big);
}

static void test_too_long_for_the_protocol(void **state)
{
	static char huge[5000];

	(void)state;
	memset(huge, 'h', sizeof(huge) - 1);
	assert_int_equal(ringone_store_write(&store, "huge", huge), -XEN_E2BIG);
	assert_int_equal(store.ring->req_prod, 0); /* nothing of it was sent */
}

static void test_watch(void **state)
{
	unsigned int seen;

	(void)state;
	assert_int_equal(ringone_store_watch(&store, "state", "t"), 0);
	seen = store.watches;
	ringone_store_wait(&store, seen); /* the first comes at once */
	assert_int_equal(store.watches, seen + 1);
	/* An event in front of an answer is counted, and is not the answer. */
	world_write("state", "4");
	assert_int_equal(ringone_store_read(&store, "state", value, sizeof(value)), 1);
	assert_string_equal(value, "4");
	assert_int_equal(store.watches, seen + 2);
}

static void test_foreign_answer(void **state)
{
	struct xsd_sockmsg m = { XS_READ, 4711, 0, 3 };

	(void)state;
	world_write("k", "right");
	world_say(&m, sizeof(m));
	world_say("bad", 3);
	assert_int_equal(ringone_store_read(&store, "k", value, sizeof(value)), 5);
	assert_string_equal(value, "right");
}

static void test_transaction(void **state)
{
	(void)state;
	world_conflict = 1;
	assert_int_equal(ringone_store_begin(&store), 0);
	assert_int_equal(store.tx, 31);
	assert_int_equal(ringone_store_end(&store, 1), -XEN_EAGAIN);
	assert_int_equal(store.tx, 0);
	assert_int_equal(ringone_store_begin(&store), 0);
	assert_int_equal(ringone_store_end(&store, 1), 0);
}

static void test_grant_entry(void **state)
{
	char *page = ringone_os_page();
	grant_ref_t ref = ringone_grant(&grants, BACK_END, ringone_os_frame(page), 1);

	(void)state;
	assert_in_range(ref, GNTTAB_NR_RESERVED_ENTRIES, RINGONE_GRANTS - 1);
	assert_int_equal(grants.table[ref].flags, GTF_permit_access | GTF_readonly);
	assert_ptr_equal(world_map(ref, 0), page);
	assert_int_equal(ringone_grant_end(&grants, ref), -XEN_EBUSY);
	assert_true(grants.table[ref].flags & GTF_permit_access);
	world_unmap(ref);
	assert_int_equal(ringone_grant_end(&grants, ref), 0);
	assert_int_equal(grants.table[ref].flags, 0);
}

static void test_grant_table_full(void **state)
{
	unsigned int n = 0;

	(void)state;
	while (ringone_grant(&grants, BACK_END, 1000, 0))
		n++;
	assert_int_equal(n, RINGONE_GRANTS - GNTTAB_NR_RESERVED_ENTRIES);
	for (int i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++)
		assert_int_equal(grants.table[i].flags, 0);
	assert_int_equal(ringone_grant_end(&grants, 100), 0);
	assert_int_equal(ringone_grant(&grants, BACK_END, 1000, 0), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_read_and_write, world_begin),
		cmocka_unit_test_setup(test_errors_are_numbers, world_begin),
		cmocka_unit_test_setup(test_answer_longer_than_buffer, world_begin),
		cmocka_unit_test_setup(test_list, world_begin),
		cmocka_unit_test_setup(test_longer_than_the_ring, world_begin),
		cmocka_unit_test_setup(test_too_long_for_the_protocol, world_begin),
		cmocka_unit_test_setup(test_watch, world_begin),
		cmocka_unit_test_setup(test_foreign_answer, world_begin),
		cmocka_unit_test_setup(test_transaction, world_begin),
		cmocka_unit_test_setup(test_grant_entry, world_begin),
		cmocka_unit_test_setup(test_grant_table_full, world_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
