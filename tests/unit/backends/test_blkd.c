/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/backends/side.c tests/unit/backends/front.c backends/blkd/request.c backends/blkd/pages.c backends/blkd/serve.c backends/blkd/connect.c backends/xenbus/xenbus.c */
/* cflags: -I$(ROOT)/pvops-kit/shim/include -I$(ROOT)/backends/include -I$(ROOT)/backends/blkd */
/*
 * The block back end against a guest that keeps to the protocol: what it is given, what it is
 * refused, and what is still true after a kill or a power cut at any moment.
 */
#include "front.h"
#include "random.h"

static int begin(void **state)
{
	(void)state;
	front_begin();
	return 0;
}

static int connected(void **state)
{
	begin(state);
	front_connect(1);
	return 0;
}

static void test_store(void **state)
{
	(void)state;
	front_play("4", 2);
	assert_string_equal(side_get(FRONT_BACK "/feature-flush-cache"), "1");
	assert_string_equal(side_get(FRONT_BACK "/feature-persistent"), "1");
	assert_string_equal(side_get(FRONT_BACK "/feature-max-indirect-segments"), "32");
	assert_string_equal(side_get(FRONT_BACK "/state"), "4");
	assert_string_equal(side_get(FRONT_BACK "/sectors"), "256");
	assert_string_equal(side_get(FRONT_BACK "/sector-size"), "512");
	assert_string_equal(side_get(FRONT_BACK "/info"), "0");
	assert_int_equal(side_mapped, 0);
	assert_int_equal(side_bound, 0);
}

static void test_goodbye(void **state)
{
	(void)state;
	side_put(FRONT_BACK "/online", "0");
	assert_int_equal(front_play("6", 50), 0);
	assert_string_equal(side_get(FRONT_BACK "/state"), "6");
	assert_int_equal(side_mapped, 0);
}

static void test_bad_store(void **state)
{
	static const struct {
		const char *node, *value;
	} bad[] = { { "/protocol", "x86_64-abi" },  { "/ring-ref", "-1" },
		    { "/ring-ref", "99999999999" }, { "/ring-ref", "8x" },
		    { "/event-channel", "" },       { "/event-channel", "6" },
		    { "/ring-ref", "500" },         { "/event-channel", "18446744073709551621" } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[80];

		front_begin();
		snprintf(path, sizeof(path), "%s%s", FRONT_DIR, bad[i].node);
		side_put(path, bad[i].value);
		front_play("4", 2);
		assert_string_equal(side_get(FRONT_BACK "/state"), "5");
		assert_non_null(side_get(FRONT_BACK "/error"));
		assert_int_equal(side_mapped, 0);
	}
}

static void test_write_read(void **state)
{
	struct ringone_blk_segment s[2] = { { front_grant(2, 2), 1, 3, 0 },
					    { front_grant(3, 2), 0, 7, 0 } };

	(void)state;
	memset(side_page[2], 'x', HOST_PAGE);
	memset(side_page[3], 'y', HOST_PAGE);
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 10, s, 2), RINGONE_BLK_OKAY);
	assert_int_equal(front_disk[9 * 512], 0);
	assert_memory_equal(front_disk + 10 * 512, side_page[2], 3 * 512);
	assert_memory_equal(front_disk + 13 * 512, side_page[3], 8 * 512);
	assert_int_equal(front_disk[21 * 512], 0);
	memset(side_page[2], 0, HOST_PAGE);
	assert_int_equal(front_ask(RINGONE_BLK_READ, 12, s, 1), RINGONE_BLK_OKAY);
	assert_int_equal(side_page[2][511], 0);
	assert_int_equal(side_page[2][512], 'x');
	assert_int_equal(side_page[2][1024], 'y');
	assert_int_equal(side_page[2][2048], 0);
}

/* What is only read is asked for with a grant to read, what is read into needs one to write. */
static void test_grants(void **state)
{
	struct ringone_blk_segment s = { front_grant(2, 1), 0, 7, 0 };

	(void)state;
	front_device.persistent = 0;
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &s, 1), RINGONE_BLK_OKAY);
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &s, 1), RINGONE_BLK_ERROR);
	side_grant[2] = 0;
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &s, 1), RINGONE_BLK_ERROR);
	assert_int_equal(side_mapped, 1); /* the ring */
}

static void test_persistent(void **state)
{
	struct ringone_blk_segment s[2] = { { front_grant(2, 2), 0, 0, 0 },
					    { front_grant(2, 2), 1, 1, 0 } };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, s, 2), RINGONE_BLK_OKAY);
	assert_int_equal(side_mapped, 2);
	side_page[2][0] = 'z'; /* the mapping is the page itself */
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, s, 1), RINGONE_BLK_OKAY);
	assert_int_equal(front_disk[0], 'z');
	/* More pages than are kept: the rest is mapped for the request. */
	front_device.n_kept = BLK_KEPT;
	s[0].ref = front_grant(4, 2);
	s[1].ref = front_grant(5, 2);
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, s, 2), RINGONE_BLK_OKAY);
	assert_int_equal(side_mapped, 2);
	front_device.n_kept = 1;
}

/* Where no more pages can be mapped, those that are kept go, and the request is served all the same. */
static void test_no_room(void **state)
{
	struct ringone_blk_segment s = { 0, 0, 7, 0 };

	(void)state;
	side_room = 4;
	for (int i = 0; i < 20; i++) {
		s.ref = front_grant(2 + i % 10, 2);
		assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &s, 1), RINGONE_BLK_OKAY);
		assert_in_range(side_mapped, 1, 4);
	}
	side_room = 1; /* the ring's */
	blk_forget_pages(&front_device);
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &s, 1), RINGONE_BLK_ERROR);
}

static unsigned int turn_number, reads_before;

/* Connects, and from then on only notifies. */
static void connect_and_notify(void)
{
	if (++turn_number == 1)
		side_put(FRONT_DIR "/state", "4");
	else if (turn_number == 5)
		reads_before = side_reads;
}

/* The store serves all: a guest's events alone do not make the back end ask it anything. */
static void test_store_is_left_alone(void **state)
{
	(void)state;
	turn_number = 0;
	side_turn = connect_and_notify;
	side_turns = 50;
	blk_live(&front_device, FRONT_BACK);
	assert_int_equal(turn_number, 50);
	assert_string_equal(side_get(FRONT_BACK "/state"), "4");
	assert_int_equal(side_reads, reads_before);
}

/* Asks to be connected, without a ring, is refused, closes, and begins again. */
static void ask_in_vain(void)
{
	static const char *const states[] = { "3", "6", "1" };

	side_put(FRONT_DIR "/state", states[turn_number++ % 3]);
}

static void test_log_is_bounded(void **state)
{
	(void)state;
	turn_number = 0;
	side_remove(FRONT_DIR "/ring-ref");
	side_turn = ask_in_vain;
	side_turns = 300;
	blk_live(&front_device, FRONT_BACK);
	assert_int_equal(turn_number, 300);
	assert_non_null(side_get(FRONT_BACK "/error"));
	assert_in_range(side_said, 10, 12);
}

static void test_indirect(void **state)
{
	struct ringone_blk_segment *s = (void *)side_page[1];

	(void)state;
	for (int i = 0; i < 20; i++) {
		s[i] = (struct ringone_blk_segment){ front_grant(10 + i, 2), 0, 7, 0 };
		memset(side_page[10 + i], 'a' + i, HOST_PAGE);
	}
	/* A page that is granted for reading alone is not kept, but it is read. */
	assert_int_equal(front_ask_indirect(RINGONE_BLK_WRITE, 8, front_grant(1, 1), 20),
			 RINGONE_BLK_OKAY);
	assert_int_equal(front_device.kept[0].ref, SIDE_FIRST + 10);
	front_grant(1, 2);
	assert_int_equal(front_ask_indirect(RINGONE_BLK_WRITE, 8, 1 + SIDE_FIRST, 20),
			 RINGONE_BLK_OKAY);
	assert_memory_equal(front_disk + 8 * 512, side_page[10], 4096);
	assert_memory_equal(front_disk + 160 * 512, side_page[29], 4096);
	assert_int_equal(front_ask_indirect(RINGONE_BLK_WRITE, 0, 1 + SIDE_FIRST, 33),
			 RINGONE_BLK_ERROR);
	assert_int_equal(front_ask_indirect(RINGONE_BLK_WRITE, 0, 1 + SIDE_FIRST, 0),
			 RINGONE_BLK_ERROR);
	assert_int_equal(front_ask_indirect(RINGONE_BLK_FLUSH, 0, 1 + SIDE_FIRST, 1),
			 RINGONE_BLK_ERROR);
}

static void test_refused(void **state)
{
	struct ringone_blk_segment good = { front_grant(2, 2), 0, 7, 0 }, s;

	(void)state;
	s = good;
	assert_int_equal(front_ask(RINGONE_BLK_READ, 249, &s, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_READ, 248, &s, 1), RINGONE_BLK_OKAY);
	assert_int_equal(front_ask(RINGONE_BLK_READ, ~0ull, &s, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &s, 0), RINGONE_BLK_ERROR);
	s.last = 8;
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &s, 1), RINGONE_BLK_ERROR);
	s.first = 4, s.last = 3;
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &s, 1), RINGONE_BLK_ERROR);
	s = good;
	s.ref = 77777;
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &s, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_DISCARD, 0, &good, 0), RINGONE_BLK_NOTSUPP);
	assert_int_equal(front_ask(200, 0, &good, 1), RINGONE_BLK_NOTSUPP);
	assert_int_equal(front_ask(RINGONE_BLK_FLUSH, 0, &good, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_FLUSH, 0, &good, 0), RINGONE_BLK_OKAY);
	front_image.readonly = 1;
	assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &good, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_BARRIER, 0, &good, 1), RINGONE_BLK_ERROR);
	assert_int_equal(front_ask(RINGONE_BLK_READ, 0, &good, 1), RINGONE_BLK_OKAY);
	front_image.readonly = 0;
}

static void one_life(unsigned int steps)
{
	if (setjmp(side_death) == 0) {
		side_kill_after(1 + random_below(steps));
		front_serve_again();
	}
	side_bury();
}

/*
 * A guest that writes, flushes, and reads back what it wrote, while the process that serves it is
 * killed at a random one of the things it asks of the system, again and again. Every request is
 * answered once, in order, and well; what was written is there.
 */
static void one_killed_life(unsigned int steps)
{
	front_work_begin();
	for (int lives = 0; !front_work_done(); lives++) {
		assert_in_range(lives, 0, 2000);
		one_life(steps);
	}
	front_work_check();
}

static void test_killed(void **state)
{
	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(60); i++) {
		front_begin();
		one_killed_life(i % 2 ? 12 : 40);
	}
}

/*
 * The machine loses its power at a random moment: whatever was answered before an answered flush
 * is on the disk.
 */
static void test_power_cut(void **state)
{
	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(200); i++) {
		front_begin();
		front_work_begin();
		one_life(400);
		front_check_platter();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_store, begin),
		cmocka_unit_test_setup(test_goodbye, begin),
		cmocka_unit_test_setup(test_bad_store, begin),
		cmocka_unit_test_setup(test_write_read, connected),
		cmocka_unit_test_setup(test_grants, connected),
		cmocka_unit_test_setup(test_persistent, connected),
		cmocka_unit_test_setup(test_no_room, connected),
		cmocka_unit_test_setup(test_store_is_left_alone, begin),
		cmocka_unit_test_setup(test_log_is_bounded, begin),
		cmocka_unit_test_setup(test_indirect, connected),
		cmocka_unit_test_setup(test_refused, connected),
		cmocka_unit_test_setup(test_killed, begin),
		cmocka_unit_test_setup(test_power_cut, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
