/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "front.h"

#define RING_PAGE 0
#define N_WORK    120
#define FIRST     32 /* page of request number 0 of the workload */

uint8_t front_disk[FRONT_SECTORS * 512], front_platter[FRONT_SECTORS * 512];
struct blk_image front_image;
struct blk_device front_device;
struct ringone_ring front_ring;

static struct blk_journal journal;

/* The image ------------------------------------------------------------------------------- */

static uint8_t *place(const struct blk_piece *p, unsigned int n, uint64_t at)
{
	size_t len = 0;

	side_step();
	for (unsigned int i = 0; i < n; i++)
		len += p[i].len;
	assert_true(len && at <= sizeof(front_disk) && len <= sizeof(front_disk) - at);
	return front_disk + at;
}

static int image_read(struct blk_image *image, const struct blk_piece *p, unsigned int n,
		      uint64_t at)
{
	uint8_t *from = place(p, n, at);

	(void)image;
	for (unsigned int i = 0; i < n; from += p[i++].len)
		memcpy(p[i].at, from, p[i].len);
	return 0;
}

/* Killed in the middle of it, some of the pieces are written. */
static int image_write(struct blk_image *image, const struct blk_piece *p, unsigned int n,
		       uint64_t at)
{
	uint8_t *to = place(p, n, at);

	assert_false(image->readonly);
	for (unsigned int i = 0; i < n; to += p[i++].len) {
		memcpy(to, p[i].at, p[i].len);
		side_step();
	}
	return 0;
}

static int image_flush(struct blk_image *image)
{
	(void)image;
	side_step();
	memcpy(front_platter, front_disk, sizeof(front_disk));
	side_step();
	return 0;
}

/* The guest ------------------------------------------------------------------------------- */

uint32_t front_grant(unsigned int page, int how)
{
	side_grant[page] = how;
	return page + SIDE_FIRST;
}

static void fresh_process(void)
{
	memset(&front_device, 0, sizeof(front_device));
	front_device.host = &side;
	front_device.image = &front_image;
	front_device.journal = &journal;
	front_device.guest = SIDE_GUEST;
}

void front_begin(void)
{
	side_begin();
	memset(front_disk, 0, sizeof(front_disk));
	memset(front_platter, 0, sizeof(front_platter));
	memset(&journal, 0, sizeof(journal));
	front_image = (struct blk_image){ .sectors = FRONT_SECTORS,
					  .read = image_read,
					  .write = image_write,
					  .flush = image_flush };
	fresh_process();
	ringone_ring_begin(&front_ring, side_page[RING_PAGE], HOST_PAGE,
			   sizeof(union ringone_blk_entry));
	front_grant(RING_PAGE, 2);
	side_put(FRONT_BACK "/frontend", FRONT_DIR);
	side_put(FRONT_BACK "/frontend-id", "7");
	side_put(FRONT_BACK "/online", "1");
	side_put(FRONT_BACK "/state", "1");
	side_put(FRONT_DIR "/state", "1");
	side_put(FRONT_DIR "/ring-ref", "8");
	side_put(FRONT_DIR "/event-channel", "5");
	side_put(FRONT_DIR "/protocol", "x86_32-abi");
	side_put(FRONT_DIR "/feature-persistent", "1");
}

void front_connect(int persistent)
{
	assert_int_equal(blk_attach(&front_device, RING_PAGE + SIDE_FIRST, 5, 0), 0);
	front_device.persistent = persistent;
}

static const char *then_state;

static void go_on(void)
{
	side_put(FRONT_DIR "/state", then_state);
}

int front_play(const char *then, int turns)
{
	side_turns = turns;
	then_state = then;
	side_turn = go_on;
	return blk_live(&front_device, FRONT_BACK);
}

/* Guests look at the operation as well: an indirect request's is what it stands for. */
static int served(uint64_t id, unsigned int operation)
{
	struct ringone_blk_answer a;

	ringone_ring_push_requests(&front_ring);
	assert_int_equal(blk_serve(&front_device), 0);
	assert_int_equal(ringone_ring_answers(&front_ring), 1);
	ringone_ring_take(&front_ring, &a, sizeof(a));
	assert_int_equal(a.id, id);
	assert_int_equal(a.operation, operation);
	assert_int_equal(ringone_ring_sleep_answers(&front_ring), 0);
	return a.status;
}

static void put(unsigned int operation, uint64_t id, uint64_t sector,
		const struct ringone_blk_segment *s, unsigned int n)
{
	struct ringone_blk_request r = {
		.operation = operation, .segments = n, .id = id, .sector = sector
	};

	for (unsigned int i = 0; i < n; i++)
		r.segment[i] = s[i];
	ringone_ring_put(&front_ring, &r, sizeof(r));
}

int front_ask(unsigned int operation, uint64_t sector, const struct ringone_blk_segment *s,
	      unsigned int n)
{
	put(operation, 0x123456789abcull, sector, s, n);
	return served(0x123456789abcull, operation);
}

int front_ask_indirect(unsigned int operation, uint64_t sector, uint32_t page, unsigned int n)
{
	struct ringone_blk_indirect r = { .operation = RINGONE_BLK_INDIRECT,
					  .indirect_operation = operation,
					  .segments = n,
					  .id = 77,
					  .sector = sector,
					  .page = { page } };

	ringone_ring_put(&front_ring, &r, sizeof(r));
	return served(77, operation);
}

/* The workload ---------------------------------------------------------------------------- */

/*
 * Request number k writes a page of its own, filled with k, to one of 30 places; each eleventh is a
 * flush, each thirteenth a barrier. The guest reuses a page when its request is answered.
 */
static uint32_t asked, answered, flushed; /* flushed: answers before the last answered flush */

static int is_flush(uint32_t k)
{
	return k % 11 == 10;
}

static unsigned int place_of(uint32_t k)
{
	return k * 7 % 30;
}

void front_work_begin(void)
{
	asked = answered = flushed = 0;
	side_put(FRONT_DIR "/state", "4");
}

int front_work_done(void)
{
	return answered == N_WORK;
}

static void ask_more(void)
{
	for (; asked < N_WORK && asked - answered < 32; asked++) {
		unsigned int page = FIRST + asked % 32;
		struct ringone_blk_segment s = { front_grant(page, 2), 0, 7, 0 };

		if (is_flush(asked)) {
			put(RINGONE_BLK_FLUSH, asked, 0, NULL, 0);
			continue;
		}
		memset(side_page[page], asked + 1, HOST_PAGE);
		put(asked % 13 == 12 ? RINGONE_BLK_BARRIER : RINGONE_BLK_WRITE, asked,
		    place_of(asked) * 8, &s, 1);
	}
	ringone_ring_push_requests(&front_ring);
}

static void hear(void)
{
	do {
		int32_t n = ringone_ring_answers(&front_ring);

		assert_true(n >= 0);
		for (; n; n--) {
			struct ringone_blk_answer a;

			ringone_ring_take(&front_ring, &a, sizeof(a));
			assert_int_equal(a.id, answered);
			assert_int_equal(a.status, RINGONE_BLK_OKAY);
			answered++;
			if (is_flush(a.id) || a.id % 13 == 12)
				flushed = answered;
			/* The page is the guest's own again. */
			memset(side_page[FIRST + a.id % 32], 0xff, HOST_PAGE);
		}
	} while (ringone_ring_sleep_answers(&front_ring));
}

static void work(void)
{
	hear();
	ask_more();
}

void front_serve_again(void)
{
	fresh_process();
	hear();
	side_turn = work;
	side_turns = N_WORK * 2;
	blk_live(&front_device, FRONT_BACK);
	assert_string_equal(side_get(FRONT_BACK "/state"), "4");
	hear();
}

/* Each place has what the last write that went there, up to @count requests, left. */
static void check(const uint8_t *disk, uint32_t count, uint32_t limit)
{
	for (unsigned int p = 0; p < 30; p++) {
		uint8_t least = 0, seen = disk[p * 4096];
		int fine;

		for (uint32_t k = 0; k < count; k++)
			if (!is_flush(k) && place_of(k) == p)
				least = k + 1;
		/* Later ones, asked but not promised, may be there as well. */
		fine = seen == least;
		for (uint32_t k = count; k < limit && !fine; k++)
			fine = !is_flush(k) && place_of(k) == p && seen == (uint8_t)(k + 1);
		if (!fine)
			fail_msg("place %u has %u, and of %u requests answered %u was the last", p,
				 seen, count, least);
	}
}

void front_work_check(void)
{
	check(front_disk, N_WORK, N_WORK);
}

void front_check_platter(void)
{
	hear();
	check(front_platter, flushed, asked);
}
