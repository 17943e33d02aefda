/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/shim/world.c pvops-kit/shim/src/store.c pvops-kit/shim/src/event.c pvops-kit/shim/src/grant.c pvops-kit/shim/src/front.c pvops-kit/shim/src/flip.c pvops-kit/shim/src/net.c */
/* cflags: -U__XEN_TOOLS__ -I$(ROOT)/pvops-kit/shim/include */
/* The network front end against a back end that is a wire to itself. */
#include "world.h"

#define DIR  "device/vif/0"
#define BACK "/local/domain/7/backend/vif/1/0"

static struct ringone_net net;
static netif_tx_back_ring_t tx;
static netif_rx_back_ring_t rx;
static evtchn_port_t channel;
static int attached, silent;
static unsigned int echoed;
static char got[2048];

static void attach(void)
{
	channel = atoi(world_read(DIR "/event-channel"));
	assert_string_equal(world_read(DIR "/request-rx-copy"), "1");
	BACK_RING_INIT(&tx, (netif_tx_sring_t *)world_map(atoi(world_read(DIR "/tx-ring-ref")), 1),
		       4096);
	BACK_RING_INIT(&rx, (netif_rx_sring_t *)world_map(atoi(world_read(DIR "/rx-ring-ref")), 1),
		       4096);
	attached = 1;
	world_write(BACK "/state", "4");
}

static int late; /* pages are let go of when the test says so, after the answers */
static grant_ref_t held[RINGONE_NET_SLOTS];
static unsigned int n_held;

static void rx_answer(uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
	*RING_GET_RESPONSE(&rx, rx.rsp_prod_pvt) = (netif_rx_response_t){
		.id = id, .offset = offset, .flags = flags, .status = status
	};
	rx.rsp_prod_pvt++;
	RING_PUSH_RESPONSES(&rx);
}

/* The next page the front end has offered. */
static netif_rx_request_t offered(void)
{
	assert_int_not_equal(rx.req_cons, rx.sring->req_prod);
	return *RING_GET_REQUEST(&rx, rx.req_cons++);
}

static void deliver(const char *frame, size_t len, uint16_t offset)
{
	netif_rx_request_t r = offered();

	memcpy((char *)world_map(r.gref, 1) + offset, frame, len);
	world_unmap(r.gref);
	rx_answer(r.id, offset, 0, len);
}

static void device(evtchn_port_t port)
{
	const char *state = world_read(DIR "/state");

	if (!attached && state && !strcmp(state, "4"))
		attach();
	if (attached && !strcmp(state, "5"))
		world_write(BACK "/state", "5");
	if (attached && !strcmp(state, "6")) {
		attached = 0;
		world_unmap(atoi(world_read(DIR "/tx-ring-ref")));
		world_unmap(atoi(world_read(DIR "/rx-ring-ref")));
		world_write(BACK "/state", "6");
	}
	if (!attached || port != channel || silent)
		return;
	while (tx.req_cons != tx.sring->req_prod) {
		netif_tx_request_t r = *RING_GET_REQUEST(&tx, tx.req_cons);
		char *page = world_map(r.gref, 0);

		tx.req_cons++;
		/* What is sent can only be read, and nothing but the frame is on the page's start. */
		assert_true(grants.table[r.gref].flags & GTF_readonly);
		assert_int_equal(r.flags, 0);
		deliver(page + r.offset, r.size, 2);
		echoed++;
		if (late)
			held[n_held++] = r.gref;
		else
			world_unmap(r.gref);
		*RING_GET_RESPONSE(&tx, tx.rsp_prod_pvt) =
			(netif_tx_response_t){ .id = r.id, .status = NETIF_RSP_OKAY };
		tx.rsp_prod_pvt++;
		RING_PUSH_RESPONSES(&tx);
	}
	tx.sring->req_event = tx.req_cons + 1;
}

static int begin(void **state)
{
	world_begin(state);
	late = n_held = 0;
	memset(&net, 0, sizeof(net));
	attached = silent = 0;
	echoed = 0;
	world_write(DIR "/backend", BACK);
	world_write(DIR "/backend-id", "7");
	world_write(DIR "/mac", "00:16:3E:0a:0b:ff");
	world_write(BACK "/state", "2");
	back_end = device;
	return 0;
}

static int connected(void **state)
{
	begin(state);
	return ringone_net_connect(&net, &store, &grants, DIR);
}

static void test_connect(void **state)
{
	static const uint8_t mac[6] = { 0x00, 0x16, 0x3e, 0x0a, 0x0b, 0xff };

	(void)state;
	assert_int_equal(ringone_net_connect(&net, &store, &grants, DIR), 0);
	assert_memory_equal(net.mac, mac, 6);
	assert_int_equal(rx.sring->req_prod, RINGONE_NET_SLOTS);
}

static void test_bad_mac(void **state)
{
	(void)state;
	world_write(DIR "/mac", "00:16:3E:0a:0b");
	assert_int_equal(ringone_net_connect(&net, &store, &grants, DIR), -XEN_EINVAL);
	world_write(DIR "/mac", "00:16:3E:0a:0b:xx");
	assert_int_equal(ringone_net_connect(&net, &store, &grants, DIR), -XEN_EINVAL);
	assert_int_equal(world_ports, 0);
	assert_int_equal(world_pages, 0);
}

static void test_there_and_back(void **state)
{
	char frame[RINGONE_NET_FRAME];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		size_t len = 60 + i % (RINGONE_NET_FRAME - 60 + 1);

		memset(frame, i, sizeof(frame));
		assert_int_equal(ringone_net_send(&net, frame, len), 0);
		assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), len);
		assert_memory_equal(got, frame, len);
		assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 0);
	}
	assert_int_equal(echoed, 1000);
	assert_int_equal(net.dropped, 0);
}

static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(ringone_net_send(&net, got, 0), -XEN_EINVAL);
	assert_int_equal(ringone_net_send(&net, got, RINGONE_NET_FRAME + 1), -XEN_EINVAL);
	assert_int_equal(ringone_net_send(&net, got, RINGONE_NET_FRAME), 0);
	/* A small buffer gets the beginning, the length is the frame's. */
	memset(got, 'x', sizeof(got));
	assert_int_equal(ringone_net_receive(&net, got, 10), RINGONE_NET_FRAME);
	assert_int_equal(got[10], 'x');
}

static void test_wire_full(void **state)
{
	(void)state;
	silent = 1;
	for (int i = 0; i < RINGONE_NET_SLOTS; i++)
		assert_int_equal(ringone_net_send(&net, got, 60), 0);
	assert_int_equal(ringone_net_send(&net, got, 60), -XEN_EBUSY);
	silent = 0;
	device(channel);
	for (int i = 0; i < RINGONE_NET_SLOTS; i++)
		assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 60);
	assert_int_equal(ringone_net_send(&net, got, 60), 0);
}

/* A back end that answers first and lets go of the page later, as Linux's may: no slot is lost. */
static void test_let_go_late(void **state)
{
	(void)state;
	late = 1;
	for (int i = 0; i < RINGONE_NET_SLOTS; i++) {
		assert_int_equal(ringone_net_send(&net, got, 60), 0);
		assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 60);
	}
	assert_int_equal(ringone_net_send(&net, got, 60), -XEN_EBUSY);
	while (n_held)
		world_unmap(held[--n_held]);
	for (int i = 0; i < RINGONE_NET_SLOTS; i++)
		assert_int_equal(ringone_net_send(&net, got, 60), 0);
	while (n_held)
		world_unmap(held[--n_held]);
	assert_int_equal(net.dropped, 0);
}

/* Pages behind the end of a frame, ids of nobody, errors: dropped, and the page is offered again. */
static void test_strange_frames(void **state)
{
	uint32_t before;

	(void)state;
	before = rx.sring->req_prod;
	rx_answer(offered().id, 4000, 0, 1000);
	rx_answer(offered().id, 0, 0, NETIF_RSP_ERROR);
	rx_answer(offered().id, 0, NETRXF_more_data, 100);
	rx_answer(offered().id, 0, 0, 4096);
	offered(); /* an answer takes a place; this page is lost to us */
	rx_answer(999, 0, 0, 60);
	assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 0);
	assert_int_equal(net.dropped, 5);
	assert_int_equal(rx.sring->req_prod, before + 4);
	deliver("a good one", 10, 0);
	assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 10);
	assert_memory_equal(got, "a good one", 10);
}

static void test_answered_twice(void **state)
{
	uint16_t id;

	(void)state;
	id = offered().id;
	offered();
	net.in[id].used = 0; /* as after the first answer, before the page is offered again */
	rx_answer(id, 0, 0, 60);
	assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 0);
	assert_int_equal(net.dropped, 1);
}

static void test_index_of_another_world(void **state)
{
	(void)state;
	rx.sring->rsp_prod = 0x80000000;
	assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 0);
	tx.sring->rsp_prod = 500;
	assert_int_equal(ringone_net_send(&net, got, 60), 0);
	assert_int_equal(net.dropped, 0); /* nothing was taken for an answer */
}

static void test_disconnect(void **state)
{
	(void)state;
	assert_int_equal(ringone_net_send(&net, got, 60), 0);
	assert_int_equal(ringone_net_receive(&net, got, sizeof(got)), 60);
	silent = 1;
	assert_int_equal(ringone_net_send(&net, got, 60), 0); /* never answered */
	assert_int_equal(ringone_net_disconnect(&net), 0);
	assert_string_equal(world_read(DIR "/state"), "6");
	assert_int_equal(world_pages, 0);
	assert_int_equal(world_granted(), 0);
	assert_int_equal(world_ports, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_connect, begin),
		cmocka_unit_test_setup(test_bad_mac, begin),
		cmocka_unit_test_setup(test_there_and_back, connected),
		cmocka_unit_test_setup(test_lengths, connected),
		cmocka_unit_test_setup(test_wire_full, connected),
		cmocka_unit_test_setup(test_let_go_late, connected),
		cmocka_unit_test_setup(test_strange_frames, connected),
		cmocka_unit_test_setup(test_answered_twice, connected),
		cmocka_unit_test_setup(test_index_of_another_world, connected),
		cmocka_unit_test_setup(test_disconnect, connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
