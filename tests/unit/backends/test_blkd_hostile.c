/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/backends/side.c tests/unit/backends/front.c backends/blkd/request.c backends/blkd/pages.c backends/blkd/serve.c backends/blkd/connect.c backends/xenbus/xenbus.c */
/* cflags: -I$(ROOT)/pvops-kit/shim/include -I$(ROOT)/backends/include -I$(ROOT)/backends/blkd */
/*
 * The block back end against a guest that writes whatever it likes into its ring, its pages and its
 * folder of the store. It may lose its device by that and nothing else may happen: side.c and
 * front.c fail on an access outside the image or without a grant, the sanitizers on the rest, and
 * pages that are granted to read, or not at all, stay as they are. SEED and ROUNDS as in random.h.
 */
#include <stdio.h>
#include "front.h"
#include "random.h"

#define SECRET 64 /* pages from here on are granted to read, from 96 on not at all */

static uint32_t reference(void)
{
	return random_below(20) ? SIDE_FIRST + 1 + random_below(110) : random_32();
}

/* Plausible more often than not, so that what lies behind the first check is reached. */
static void random_entry(union ringone_blk_entry *e)
{
	uint8_t *byte = (uint8_t *)e;

	for (unsigned int i = 0; i < sizeof(*e); i++)
		byte[i] = random_32();
	if (!random_below(8))
		return;
	e->request.operation = random_below(8);
	e->request.segments = random_below(random_below(4) ? 12 : 256);
	e->request.sector = random_below(8) ? random_below(300) : random_32() * 0x100000001ull;
	for (unsigned int i = 0; i < RINGONE_BLK_SEGMENTS; i++) {
		e->request.segment[i].ref = reference();
		e->request.segment[i].first = random_below(random_below(4) ? 4 : 256);
		e->request.segment[i].last = 4 + random_below(random_below(4) ? 4 : 252);
	}
	if (e->request.operation == RINGONE_BLK_INDIRECT) {
		e->indirect.indirect_operation = random_below(3);
		e->indirect.segments = random_below(random_below(4) ? 34 : 65536);
		e->indirect.page[0] = reference();
	}
}

static void scribble(void)
{
	struct ringone_ring_head *h = (void *)side_page[0];

	for (unsigned int n = random_below(40); n; n--)
		random_entry(ringone_ring_at(&front_ring, random_32()));
	for (unsigned int n = random_below(3); n; n--) {
		struct ringone_blk_segment *s = (void *)side_page[1 + random_below(SECRET - 1)];

		for (unsigned int i = 0; i < 33; i++)
			s[i] = (struct ringone_blk_segment){ reference(), random_below(9),
							     random_below(9), random_32() };
	}
	h->req_prod += random_below(34);
	h->req_event = h->rsp_event = random_32();
	if (!random_below(200))
		h->req_prod = random_32();
	if (!random_below(20))
		h->rsp_prod = random_32();
}

static void random_node(void)
{
	static const char *const nodes[] = { "/state",    "/ring-ref",           "/event-channel",
					     "/protocol", "/feature-persistent", "/state" };
	static const char *const values[] = { "1",          "3", "4",
					      "5",          "6", "8",
					      "x86_32-abi", "0", "-1",
					      "4294967296", "",  "9999999999999999999999" };
	char path[80];

	snprintf(path, sizeof(path), FRONT_DIR "%s", nodes[random_below(6)]);
	if (random_below(10))
		side_put(path, values[random_below(12)]);
	else
		side_remove(path);
}

static void turn(void)
{
	scribble();
	if (!random_below(10))
		random_node();
	if (!random_below(50)) {
		unsigned int page = 1 + random_below(95);

		side_grant[page] = page < SECRET ? random_below(3) : random_below(2);
	}
}

static void one_guest(void)
{
	front_begin();
	for (unsigned int p = 1; p < SIDE_PAGES; p++) {
		front_grant(p, p < SECRET ? 2 : p < 96 ? 1 : 0);
		memset(side_page[p], p, HOST_PAGE);
	}
	side_put(FRONT_DIR "/state", "4");
	side_put(FRONT_DIR "/feature-persistent", random_below(2) ? "1" : "0");
	front_image.readonly = !random_below(4);
	side_turn = turn;
	side_turns = 60;
	blk_live(&front_device, FRONT_BACK);
	assert_int_equal(side_mapped, 0);
	assert_int_equal(side_bound, 0);
	for (unsigned int p = SECRET; p < SIDE_PAGES; p++)
		for (unsigned int i = 0; i < HOST_PAGE; i++)
			assert_int_equal(side_page[p][i], p);
}

static void test_hostile(void **state)
{
	uint64_t served = 0, refused = 0;

	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(300); i++) {
		one_guest();
		served += front_device.served;
		refused += front_device.refused;
	}
	/* The generator must reach both sides of the judgement. */
	print_message("%llu requests, %llu of them refused\n", (unsigned long long)served,
		      (unsigned long long)refused);
	assert_true(refused > 1000 && served - refused > 1000);
}

/* After one that was lied to, an honest guest's connection works. */
static void test_recovers(void **state)
{
	struct ringone_blk_segment s = { 0, 0, 7, 0 };

	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(20); i++) {
		one_guest();
		front_begin();
		front_connect(1);
		s.ref = front_grant(2, 2);
		assert_int_equal(front_ask(RINGONE_BLK_WRITE, 0, &s, 1), RINGONE_BLK_OKAY);
		blk_detach(&front_device);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_recovers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
