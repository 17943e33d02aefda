/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/backends/side.c backends/netd/attach.c backends/netd/from.c backends/netd/to.c backends/netd/checksum.c backends/netd/dom0/live.c backends/xenbus/xenbus.c */
/* cflags: -I$(ROOT)/pvops-kit/shim/include -I$(ROOT)/backends/include -I$(ROOT)/backends/netd -I$(ROOT)/backends/netd/dom0 */
/*
 * The network back end's life: what it says in the store, that frames go both ways between a guest's
 * rings and the wire, and that a guest which lies loses its card and nothing stays mapped.
 */
#include <stdio.h>
#include "side.h"
#include "live.h"

#define BACK "/local/domain/0/backend/vif/7/0"
#define DIR  "/local/domain/7/device/vif/0"

static struct net_device device;
static struct ringone_ring tx, rx;
static uint8_t ours[NET_BATCH][HOST_PAGE];
static struct net_frame frames[NET_BATCH];
static unsigned int sent, to_come, turns;
static int listening;
static char last[2048];
static const char *then;

static void copy(struct net_host *h, uint16_t dom, struct net_copy *c, unsigned int n, int to)
{
	(void)h, (void)dom;
	for (unsigned int i = 0; i < n; i++) {
		uint8_t *theirs = side_page[c[i].ref - SIDE_FIRST] + c[i].offset;

		memcpy(to ? theirs : c[i].ours, to ? c[i].ours : theirs, c[i].len);
		c[i].status = 0;
	}
}

static void wire_send(struct net_wire *w, const void *frame, unsigned int len)
{
	(void)w;
	sent++;
	memcpy(last, frame, len);
}

static unsigned int wire_receive(struct net_wire *w, void *frame, unsigned int size)
{
	(void)w;
	assert_int_equal(size, NET_FRAME);
	if (!to_come)
		return 0;
	to_come--;
	memset(frame, 'i', 100);
	return 100;
}

static void wire_listen(struct net_wire *w, int on)
{
	(void)w;
	listening = on;
}

static struct net_host host = { .host = &side, .copy = copy };
static struct net_wire wire = { wire_send, wire_receive, wire_listen };

static int begin(void **state)
{
	(void)state;
	side_begin();
	device = (struct net_device){ .host = &host };
	for (unsigned int i = 0; i < NET_BATCH; i++)
		frames[i].page = ours[i];
	sent = to_come = turns = 0;
	listening = -1;
	then = "4";
	side_grant[0] = side_grant[1] = side_grant[2] = side_grant[3] = 2;
	ringone_ring_begin(&tx, side_page[0], HOST_PAGE, NET_TX_ENTRY);
	ringone_ring_begin(&rx, side_page[1], HOST_PAGE, NET_RX_ENTRY);
	side_put(BACK "/frontend", DIR);
	side_put(BACK "/frontend-id", "7");
	side_put(BACK "/online", "1");
	side_put(BACK "/state", "2");
	side_put(BACK "/feature-sg", "1"); /* the kernel's, which was here before */
	side_put(DIR "/state", "1");
	side_put(DIR "/tx-ring-ref", "8");
	side_put(DIR "/rx-ring-ref", "9");
	side_put(DIR "/event-channel", "5");
	side_put(DIR "/request-rx-copy", "1");
	return 0;
}

/* The guest: connects, sends a frame and offers a page, then does what the test says. */
static void turn(void)
{
	struct net_tx_request t = { SIDE_FIRST + 2, 0, 0, 1, 60 };
	struct net_rx_request r = { 2, 0, SIDE_FIRST + 3 };

	if (++turns == 1) {
		side_put(DIR "/state", "4");
	} else if (turns == 2) {
		memset(side_page[2], 'o', HOST_PAGE);
		ringone_ring_put(&tx, &t, sizeof(t));
		ringone_ring_push_requests(&tx);
		ringone_ring_put(&rx, &r, sizeof(r));
		ringone_ring_push_requests(&rx);
	} else if (turns == 3) {
		assert_int_equal(listening, 1); /* a page is offered: a frame may come */
		to_come = 3;
	} else if (turns == 5) {
		assert_int_equal(listening, 0); /* and none more */
		side_put(DIR "/state", then);
	}
}

static int live(int n)
{
	side_turn = turn;
	side_turns = n;
	return net_live(&device, &wire, frames, BACK);
}

static void test_life(void **state)
{
	struct net_rx_answer a;

	(void)state;
	live(8);
	assert_string_equal(side_get(BACK "/feature-rx-copy"), "1");
	assert_string_equal(side_get(BACK "/feature-rx-flip"), "0");
	assert_string_equal(side_get(BACK "/feature-sg"), "0");
	assert_string_equal(side_get(BACK "/state"), "4");
	assert_int_equal(sent, 1);
	assert_int_equal(last[59], 'o');
	assert_int_equal(to_come, 2);
	assert_int_equal(ringone_ring_answers(&rx), 1);
	ringone_ring_take(&rx, &a, sizeof(a));
	assert_int_equal(a.status, 100);
	assert_int_equal(side_page[3][99], 'i');
	assert_int_equal(side_page[3][100], 0);
	assert_int_equal(side_mapped, 0);
	assert_int_equal(side_bound, 0);
}

static void test_goodbye(void **state)
{
	(void)state;
	then = "6";
	side_put(BACK "/online", "0");
	assert_int_equal(live(50), 0);
	assert_string_equal(side_get(BACK "/state"), "6");
	assert_int_equal(side_mapped, 0);
}

static void test_closing(void **state)
{
	(void)state;
	then = "5";
	live(8);
	assert_string_equal(side_get(BACK "/state"), "5");
	assert_int_equal(side_mapped, 0);
}

static void test_refused(void **state)
{
	static const char *const bad[][2] = { { DIR "/tx-ring-ref", "77777" },
					      { DIR "/rx-ring-ref", "x" },
					      { DIR "/event-channel", "6" },
					      { DIR "/request-rx-copy", "0" } };

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(state);
		side_put(bad[i][0], bad[i][1]);
		live(2);
		assert_string_equal(side_get(BACK "/state"), "5");
		assert_non_null(side_get(BACK "/error"));
		assert_int_equal(side_mapped, 0);
		assert_int_equal(side_bound, 0);
	}
}

static void lie(void)
{
	turn();
	if (turns == 3)
		tx.head->req_prod += 1000;
}

static void test_liar(void **state)
{
	(void)state;
	side_turn = lie;
	side_turns = 4;
	net_live(&device, &wire, frames, BACK);
	assert_string_equal(side_get(BACK "/state"), "5");
	assert_int_equal(side_mapped, 0);
}

/* Whoever served before died with a frame taken and its answer written, but not shown. */
static void test_again(void **state)
{
	struct net_tx_request t = { SIDE_FIRST + 2, 0, 0, 3, 60 };
	struct net_rx_request r = { 4, 0, SIDE_FIRST + 3 };
	struct net_tx_answer half = { 3, NET_OKAY }, a;
	struct net_rx_answer b;

	(void)state;
	side_put(BACK "/state", "4");
	side_put(DIR "/state", "4");
	ringone_ring_put(&tx, &t, sizeof(t));
	ringone_ring_push_requests(&tx);
	memcpy(ringone_ring_at(&tx, 0), &half, sizeof(half));
	ringone_ring_put(&rx, &r, sizeof(r));
	ringone_ring_push_requests(&rx);
	live(8);
	assert_string_equal(side_get(BACK "/state"), "4");
	assert_int_equal(sent, 1); /* the one of after that */
	assert_int_equal(ringone_ring_answers(&tx), 2);
	ringone_ring_take(&tx, &a, sizeof(a));
	assert_int_equal(a.id, 3);
	assert_int_equal(a.status, NET_DROPPED);
	ringone_ring_take(&tx, &a, sizeof(a));
	assert_int_equal(a.status, NET_OKAY);
	assert_int_equal(ringone_ring_answers(&rx), 2);
	ringone_ring_take(&rx, &b, sizeof(b));
	assert_int_equal(b.id, 4);
	assert_int_equal(b.status, NET_ERROR);
	ringone_ring_take(&rx, &b, sizeof(b));
	assert_int_equal(b.status, 100);
	assert_int_equal(side_mapped, 0);
}

static void test_again_liar(void **state)
{
	(void)state;
	side_put(BACK "/state", "4");
	side_put(DIR "/state", "4");
	tx.head->req_prod += 1000;
	live(2);
	assert_string_equal(side_get(BACK "/state"), "5");
	assert_int_equal(sent, 0);
	assert_int_equal(side_mapped, 0);
	assert_int_equal(side_bound, 0);
}

static unsigned int reads_before;

static void connect_and_notify(void)
{
	if (++turns == 1)
		side_put(DIR "/state", "4");
	else if (turns == 5)
		reads_before = side_reads;
}

/* The store serves all: a guest's events alone do not make the back end ask it anything. */
static void test_store_is_left_alone(void **state)
{
	(void)state;
	side_turn = connect_and_notify;
	side_turns = 50;
	net_live(&device, &wire, frames, BACK);
	assert_int_equal(turns, 50);
	assert_string_equal(side_get(BACK "/state"), "4");
	assert_int_equal(side_reads, reads_before);
}

/* Offers a page, so that frames may come, and closes its card. */
static void offer_and_close(void)
{
	struct net_rx_request r = { 2, 0, SIDE_FIRST + 3 };

	if (++turns == 1) {
		side_put(DIR "/state", "4");
	} else if (turns == 2) {
		ringone_ring_put(&rx, &r, sizeof(r));
		ringone_ring_push_requests(&rx);
	} else if (turns == 3) {
		assert_int_equal(listening, 1);
		side_put(DIR "/state", "5");
	} else if (turns > 3) {
		assert_int_equal(listening, 0);
	}
}

/* A card that nobody serves is not woken by what comes for it. */
static void test_deaf_when_closed(void **state)
{
	(void)state;
	side_turn = offer_and_close;
	side_turns = 6;
	net_live(&device, &wire, frames, BACK);
	assert_int_equal(turns, 6);
	assert_string_equal(side_get(BACK "/state"), "5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_life, begin),
		cmocka_unit_test_setup(test_goodbye, begin),
		cmocka_unit_test_setup(test_closing, begin),
		cmocka_unit_test_setup(test_refused, begin),
		cmocka_unit_test_setup(test_liar, begin),
		cmocka_unit_test_setup(test_again, begin),
		cmocka_unit_test_setup(test_again_liar, begin),
		cmocka_unit_test_setup(test_store_is_left_alone, begin),
		cmocka_unit_test_setup(test_deaf_when_closed, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
