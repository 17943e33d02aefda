/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/backends/side.c backends/netd/attach.c backends/netd/from.c backends/netd/to.c backends/netd/checksum.c */
/* cflags: -I$(ROOT)/pvops-kit/shim/include -I$(ROOT)/backends/include -I$(ROOT)/backends/netd */
/*
 * The network back end against a guest that keeps to the protocol and one that writes whatever it
 * likes into its rings. side.c plays the guest's memory; copies and flips beyond what was granted
 * fail here as the hypervisor lets them fail. SEED and ROUNDS as in random.h.
 */
#include "side.h"
#include "core.h"
#include "random.h"

#define TX     0
#define RX     1
#define SECRET 96 /* pages from here on are not granted */

static struct net_device device;
static struct ringone_ring tx, rx;
static uint8_t ours[NET_BATCH][HOST_PAGE];
static struct net_frame frame[NET_BATCH];
static unsigned int flipped;

/* Grants as the hypervisor checks them; bounds are the core's, for a host may refuse all for one. */
static void copy(struct net_host *h, uint16_t dom, struct net_copy *c, unsigned int n, int to)
{
	(void)h;
	assert_int_equal(dom, SIDE_GUEST);
	assert_in_range(n, 1, NET_BATCH);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t p = c[i].ref - SIDE_FIRST;
		uint8_t *theirs = side_page[p % SIDE_PAGES] + c[i].offset;

		assert_true(c[i].len && c[i].offset + c[i].len <= HOST_PAGE);
		c[i].status = -1;
		if (p >= SIDE_PAGES || side_grant[p] < 1 + to)
			continue;
		c[i].status = 0;
		memcpy(to ? theirs : c[i].ours, to ? c[i].ours : theirs, c[i].len);
	}
}

/* 3: the entry accepts a transfer, once. */
static void flip(struct net_host *h, uint16_t dom, struct net_flip *f, unsigned int n)
{
	(void)h;
	assert_int_equal(dom, SIDE_GUEST);
	for (unsigned int i = 0; i < n; i++) {
		uint32_t p = f[i].ref - SIDE_FIRST;

		f[i].status = p >= SIDE_PAGES || side_grant[p] != 3 ? -1 : 0;
		if (f[i].status)
			continue;
		memcpy(side_page[p], f[i].page, HOST_PAGE);
		memset(f[i].page, 0, HOST_PAGE);
		side_grant[p] = 0;
		flipped++;
	}
}

static struct net_host host;

static int begin(void **state)
{
	(void)state;
	side_begin();
	host = (struct net_host){ .host = &side, .copy = copy, .flip = flip };
	device = (struct net_device){ .host = &host, .guest = SIDE_GUEST };
	flipped = 0;
	for (unsigned int i = 0; i < NET_BATCH; i++)
		frame[i] = (struct net_frame){ .page = ours[i] };
	side_grant[TX] = side_grant[RX] = 2;
	ringone_ring_begin(&tx, side_page[TX], HOST_PAGE, NET_TX_ENTRY);
	ringone_ring_begin(&rx, side_page[RX], HOST_PAGE, NET_RX_ENTRY);
	return 0;
}

static int connected(void **state)
{
	begin(state);
	assert_int_equal(net_attach(&device, SIDE_FIRST + TX, SIDE_FIRST + RX, 5, 0), 0);
	return 0;
}

static int done(void **state)
{
	(void)state;
	net_detach(&device);
	assert_int_equal(side_mapped, 0);
	assert_int_equal(side_bound, 0);
	return 0;
}

static void test_attach(void **state)
{
	(void)state;
	assert_true(net_attach(&device, SIDE_FIRST + TX, 99999, 5, 0) < 0);
	assert_int_equal(side_mapped, 0);
	assert_true(net_attach(&device, SIDE_FIRST + TX, SIDE_FIRST + RX, 6, 0) < 0);
	assert_int_equal(side_mapped, 0);
	host.flip = NULL;
	assert_true(net_attach(&device, SIDE_FIRST + TX, SIDE_FIRST + RX, 5, 1) < 0);
}

static void send_entry(uint16_t id, uint32_t ref, unsigned int offset, unsigned int size,
		       unsigned int flags)
{
	struct net_tx_request r = { ref, offset, flags, id, size };

	ringone_ring_put(&tx, &r, sizeof(r));
	ringone_ring_push_requests(&tx);
}

static int answered(uint16_t id)
{
	struct net_tx_answer a;

	assert_true(ringone_ring_answers(&tx) > 0);
	ringone_ring_take(&tx, &a, sizeof(a));
	assert_int_equal(a.id, id);
	return a.status;
}

static void test_from_guest(void **state)
{
	(void)state;
	for (unsigned int p = 2; p < 5; p++) {
		side_grant[p] = p == 3 ? 0 : 1;
		memset(side_page[p], 'a' + p, HOST_PAGE);
		send_entry(p, SIDE_FIRST + p, 100 * p, 60 + p, 0);
	}
	assert_int_equal(net_from_guest(&device, frame, NET_BATCH), 2);
	assert_int_equal(frame[0].len, 62);
	assert_memory_equal(frame[0].page, side_page[2], 62);
	assert_int_equal(frame[1].len, 64);
	assert_memory_equal(frame[1].page, side_page[4], 64);
	assert_ptr_not_equal(frame[0].page, frame[1].page);
	assert_int_equal(answered(2), NET_OKAY);
	assert_int_equal(answered(3), NET_ERROR);
	assert_int_equal(answered(4), NET_OKAY);
	assert_int_equal(net_from_guest(&device, frame, NET_BATCH), 0);
	assert_int_equal(device.sent, 2);
}

static void test_refused(void **state)
{
	static const struct {
		unsigned int offset, size, flags;
	} bad[] = { { 0, 1515, 0 }, { 0, 65535, 0 },      { 0, 13, 0 },
		    { 0, 0, 0 },    { 4096 - 59, 60, 0 }, { 65535, 60, 0 } };

	(void)state;
	side_grant[2] = 1;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_entry(i, SIDE_FIRST + 2, bad[i].offset, bad[i].size, bad[i].flags);
		assert_int_equal(net_from_guest(&device, frame, NET_BATCH), 0);
		assert_int_equal(answered(i), NET_ERROR);
	}
	send_entry(9, SIDE_FIRST + 2, 4096 - 60, 60, 0);
	assert_int_equal(net_from_guest(&device, frame, NET_BATCH), 1);
}

/* A frame in pieces and one with additions are refused as a whole, the next one is served. */
static void test_pieces(void **state)
{
	(void)state;
	side_grant[2] = 1;
	send_entry(1, SIDE_FIRST + 2, 0, 1000, NET_MORE_DATA);
	send_entry(2, SIDE_FIRST + 2, 0, 500, NET_MORE_DATA);
	send_entry(3, SIDE_FIRST + 2, 0, 60, 0);
	send_entry(4, SIDE_FIRST + 2, 0, 61, 0);
	send_entry(5, SIDE_FIRST + 2, 0, 1000, NET_EXTRA | NET_MORE_DATA);
	send_entry(6, 0x0101, 0, 0, 0); /* an addition of type 1, another one follows */
	send_entry(7, 0x0001, 0, 0, 0);
	send_entry(8, SIDE_FIRST + 2, 0, 60, 0);
	send_entry(9, SIDE_FIRST + 2, 0, 1000, NET_EXTRA);
	send_entry(10, 0x0001, 0, 0, 0);
	send_entry(11, SIDE_FIRST + 2, 0, 62, 0);
	assert_int_equal(net_from_guest(&device, frame, NET_BATCH), 2);
	assert_int_equal(frame[0].len, 61);
	assert_int_equal(frame[1].len, 62);
	assert_int_equal(device.refused, 3);
}

static void offer(uint16_t id, uint32_t ref)
{
	struct net_rx_request r = { id, 0, ref };

	ringone_ring_put(&rx, &r, sizeof(r));
	ringone_ring_push_requests(&rx);
}

static void came(uint16_t id, int status)
{
	struct net_rx_answer a;

	assert_true(ringone_ring_answers(&rx) > 0);
	ringone_ring_take(&rx, &a, sizeof(a));
	assert_int_equal(a.id, id);
	assert_int_equal(a.status, status);
	assert_int_equal(a.flags, 0);
}

static void test_copied_to_guest(void **state)
{
	(void)state;
	assert_int_equal(net_room(&device), 0);
	side_grant[2] = 2;
	side_grant[3] = 1;
	offer(7, SIDE_FIRST + 2);
	offer(8, SIDE_FIRST + 3); /* granted to read only */
	assert_int_equal(net_room(&device), 2);
	memset(ours, 'x', sizeof(ours));
	frame[0].len = 64;
	frame[1].len = 65;
	assert_int_equal(net_to_guest(&device, frame, 2), 1);
	came(7, 64);
	came(8, NET_ERROR);
	assert_int_equal(side_page[2][63], 'x');
	assert_int_equal(side_page[2][64], 0);
	assert_int_equal(side_page[3][0], 0);
}

static void test_flipped_to_guest(void **state)
{
	(void)state;
	assert_int_equal(net_attach(&device, SIDE_FIRST + TX, SIDE_FIRST + RX, 5, 1), 0);
	side_grant[2] = 3;
	side_grant[3] = 2;
	offer(7, SIDE_FIRST + 2);
	offer(8, SIDE_FIRST + 3); /* granted, but accepts no transfer */
	memset(ours, 'x', sizeof(ours));
	frame[0].len = frame[1].len = 64;
	assert_int_equal(net_room(&device), 2);
	assert_int_equal(net_to_guest(&device, frame, 2), 1);
	came(7, 64);
	came(8, NET_ERROR);
	assert_int_equal(flipped, 1);
	assert_int_equal(side_page[2][63], 'x');
}

static void test_liar(void **state)
{
	(void)state;
	tx.head->req_prod = 1000;
	assert_int_equal(net_from_guest(&device, frame, NET_BATCH), -1);
	rx.head->req_prod = 0x80000000;
	assert_int_equal(net_room(&device), -1);
}

/* The sum over pseudo-header and packet is all ones when the field is right (RFC 1071). */
static unsigned int total(const uint8_t *p, unsigned int len, uint32_t sum)
{
	for (unsigned int i = 0; i < len; i++)
		sum += p[i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void test_checksum(void **state)
{
	(void)state;
	random_begin();
	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int tcp = i & 1, header = 20 + 4 * random_below(11);
		unsigned int len = (tcp ? 20 : 8) + random_below(1400 - header);
		uint8_t f[1600], *ip = f + 14, *at = ip + header;
		unsigned int pseudo, place = tcp ? 16 : 6;

		for (unsigned int k = 0; k < sizeof(f); k++)
			f[k] = random_32();
		f[12] = 8, f[13] = 0;
		ip[0] = 0x40 | header / 4;
		ip[2] = (header + len) >> 8, ip[3] = header + len;
		ip[6] = ip[7] = 0;
		ip[9] = tcp ? 6 : 17;
		pseudo = total(ip + 12, 8, ip[9] + len);
		at[place] = pseudo >> 8, at[place + 1] = pseudo;
		net_checksum(f, 14 + header + len + random_below(20));
		assert_int_equal(total(at, len, pseudo), 0xffff);
	}
	/* A sum of 0 is written as ffff, for 0 says that there is none. */
	uint8_t zero[14 + 20 + 10] = { [12] = 8, [14] = 0x45, [17] = 30, [23] = 17 };
	unsigned int rest = 0xffff - total(zero + 34, 10, 0);

	zero[42] = rest >> 8, zero[43] = rest;
	net_checksum(zero, sizeof(zero));
	assert_int_equal(zero[40] << 8 | zero[41], 0xffff);
	/* Whatever the packet says, nothing beyond it is touched (the sanitizer watches). */
	for (unsigned int i = 0; i < random_rounds(20000); i++) {
		unsigned int len = random_below(200);
		uint8_t *f = malloc(len ? len : 1);

		for (unsigned int k = 0; k < len; k++)
			f[k] = random_32();
		if (len > 24) {
			f[12] = 8, f[13] = 0, f[14] = 0x40 | random_below(16), f[16] = 0;
			f[20] = f[21] = 0, f[23] = random_below(2) ? 6 : 17;
		}
		net_checksum(f, len);
		free(f);
	}
}

static void scribble(struct ringone_ring *r)
{
	for (unsigned int n = random_below(40); n; n--) {
		uint8_t *e = ringone_ring_at(r, random_32());

		for (unsigned int i = 0; i < r->stride; i++)
			e[i] = random_32();
		if (random_below(8))
			*(uint32_t *)(e + (r == &rx ? 4 : 0)) = SIDE_FIRST + random_below(130);
		if (r == &tx && random_below(8)) {
			struct net_tx_request *q = (void *)e;

			q->offset = random_below(4200);
			q->size = random_below(1600);
			q->flags = random_below(16);
		}
	}
	r->head->req_prod += random_below(34);
	r->head->req_event = r->head->rsp_event = random_32();
	if (!random_below(300))
		r->head->req_prod = random_32();
	if (!random_below(20))
		r->head->rsp_prod = random_32();
}

static void one_guest(int flips)
{
	begin(NULL);
	for (unsigned int p = 2; p < SIDE_PAGES; p++) {
		side_grant[p] = p >= SECRET ? 0 : random_below(4);
		memset(side_page[p], p, HOST_PAGE);
	}
	assert_int_equal(net_attach(&device, SIDE_FIRST + TX, SIDE_FIRST + RX, 5, flips), 0);
	for (unsigned int turn = 0; turn < 100; turn++) {
		int n;

		scribble(&tx);
		scribble(&rx);
		if (net_from_guest(&device, frame, 1 + random_below(NET_BATCH)) < 0)
			break;
		n = net_room(&device);
		if (n < 0)
			break;
		for (int i = 0; i < n; i++)
			frame[i].len = 14 + random_below(1501);
		assert_in_range(net_to_guest(&device, frame, n), 0, n);
	}
	net_detach(&device);
	assert_int_equal(side_mapped, 0);
	for (unsigned int p = SECRET; p < SIDE_PAGES; p++)
		for (unsigned int i = 0; i < HOST_PAGE; i++)
			assert_int_equal(side_page[p][i], p);
	/* Each page of ours is still there once. */
	for (unsigned int i = 0; i < NET_BATCH; i++)
		for (unsigned int k = 0; k < i; k++)
			assert_ptr_not_equal(frame[i].page, frame[k].page);
}

static void test_hostile(void **state)
{
	uint64_t good = 0, bad = 0;

	(void)state;
	random_begin();
	for (unsigned int i = 0; i < random_rounds(200); i++) {
		one_guest(i % 2);
		good += device.sent + device.received;
		bad += device.refused;
	}
	print_message("%llu frames, %llu refused\n", (unsigned long long)good,
		      (unsigned long long)bad);
	assert_true(good > 1000 && bad > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_attach, begin),
		cmocka_unit_test_setup_teardown(test_from_guest, connected, done),
		cmocka_unit_test_setup_teardown(test_refused, connected, done),
		cmocka_unit_test_setup_teardown(test_pieces, connected, done),
		cmocka_unit_test_setup_teardown(test_copied_to_guest, connected, done),
		cmocka_unit_test_setup_teardown(test_flipped_to_guest, begin, done),
		cmocka_unit_test_setup_teardown(test_liar, connected, done),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
