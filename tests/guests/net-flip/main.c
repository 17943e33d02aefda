/* SPDX-License-Identifier: MIT */
/*
 * Question: do network frames cross from one domain to another by copying and by page flipping,
 * both ways, whole and in order, and what does each cost?
 *
 * Because: flipping moves the owner of a page instead of its bytes, so that a frame costs the same
 * however long it is; what it saves must not be paid for with somebody's memory: neither domain
 * may end with a page more or less than it began with, nor keep a translation of one that is gone
 * (TRUST 7).
 *
 * The first domain is the back end (backends/netd, on the shim), the second the shim's front end.
 * Expected: all frames arrive as they were sent; a flipped frame of 1514 bytes costs what one of 64
 * costs; the counts of pages are as before, also after a neighbour that lies in its rings and grants. The figures are instructions of both domains and the
 * hypervisor together, a frame (-icount).
 */
#include "second.h"
#include "grants.h"
#include "netd/core.h"

#define LONG  1514
#define SHORT 64
#define N     512 /* frames of a measurement */
#define PAIR  8   /* frames whose every byte is looked at */

enum { READY, TX, RX, PORT, GOT, WRONG, DROPPED, ECHO, PAGES, END };

static struct second s;
static uint64_t t_begin;

/* What the shim asks of its OS ------------------------------------------------------------- */

void *ringone_os_page(void)
{
	return page_alloc();
}

void ringone_os_page_free(void *page)
{
	(void)page; /* the pool of a test only gives */
}

unsigned long ringone_os_frame(const void *page)
{
	return virt_to_mfn(page);
}

void ringone_os_reframe(void *page, unsigned long mfn)
{
	p2m[((unsigned long)page - GUEST_VIRT_BASE) / PAGE_SIZE] = mfn;
}

void *ringone_os_map(unsigned long mfn)
{
	map_page(GRANT_TABLE, mfn, PTE_RW);
	return (void *)GRANT_TABLE;
}

static long pages(void)
{
	struct xen_memory_domain d = { .domid = DOMID_SELF };

	return ringone_memory_op(XENMEM_current_reservation, &d);
}

/* The second domain: the front end --------------------------------------------------------- */

static uint8_t byte_of(unsigned int frame, unsigned int at)
{
	return frame * 7 + at * 13 + (at >> 8);
}

static void fill(uint8_t *page, unsigned int k, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		page[i] = byte_of(k, i);
}

static unsigned int differ(const uint8_t *page, unsigned int k, unsigned int len)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < len; i++)
		n += page[i] != byte_of(k, i);
	return n;
}

static struct ringone_net net;

static void serve_child(int flip)
{
	static struct ringone_grants grants;
	static uint8_t frame[2048];
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 0 };
	long before = pages();

	EXPECT(ringone_grants_init(&grants), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &alloc), 0);
	net.flip = flip;
	net.front.grants = &grants;
	net.front.back_id = 0;
	net.front.port = alloc.port;
	EXPECT(ringone_net_open(&net), 0);
	EXPECT(pages(), before - (flip ? RINGONE_NET_SLOTS : 0));
	second_mail->word[TX] = net.tx_ref;
	second_mail->word[RX] = net.rx_ref;
	second_mail->word[PORT] = alloc.port;
	second_mail->word[READY] = 1;
	while (!second_mail->word[END]) {
		unsigned int k = second_mail->word[GOT], look = k < PAIR;
		size_t len = ringone_net_receive(&net, frame, look ? sizeof(frame) : 0);

		if (!len) {
			second_mail->word[DROPPED] = net.dropped;
			ringone_sched_op(SCHEDOP_yield, NULL);
			continue;
		}
		if (look) {
			second_mail->word[WRONG] += differ(frame, k, len);
			EXPECT(ringone_net_send(&net, frame, len), 0);
		}
		second_mail->word[GOT] = k + 1;
	}
	/* Frames that came without being asked for would be the other side's loss, and ours. */
	EXPECT(pages(), before - (flip ? RINGONE_NET_SLOTS : 0));
}

static void child_copies(void)
{
	serve_child(0);
}

static void child_flips(void)
{
	serve_child(1);
}

/*
 * A third life: a neighbour that scribbles over its rings and its grants while it is served. The
 * numbers come again in each run.
 */
static uint32_t chance(uint32_t below)
{
	static uint32_t x = 0x2545f491;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return (x >> 8) % below;
}

static void scribble(struct ringone_ring *r)
{
	uint32_t *e = ringone_ring_at(r, chance(256));

	for (unsigned int i = 0; i < r->stride / 4; i++)
		e[i] = chance(3) ? chance(100) : chance(1u << 24) << 8 | chance(256);
	if (r == &net.tx &&
	    chance(4)) { /* plausible: what lies behind the first check is reached */
		e[1] = chance(3000) | chance(16) << 16;
		e[2] = chance(1600) << 16;
	}
	r->head->req_prod += chance(8);
	if (!chance(8))
		r->head->req_prod = r->head->rsp_prod + chance(64);
	r->head->req_event = chance(1u << 24);
	if (!chance(500))
		r->head->req_prod = chance(1u << 24) << 8;
}

static void child_lies(void)
{
	static struct ringone_grants grants;
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 0 };

	EXPECT(ringone_grants_init(&grants), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &alloc), 0);
	net.flip = 1;
	net.front.grants = &grants;
	net.front.port = alloc.port;
	EXPECT(ringone_net_open(&net), 0);
	second_mail->word[TX] = net.tx_ref;
	second_mail->word[RX] = net.rx_ref;
	second_mail->word[PORT] = alloc.port;
	second_mail->word[READY] = 1;
	while (!second_mail->word[END]) {
		grant_ref_t ref = 8 + chance(80);

		for (unsigned int i = chance(30); i; i--)
			scribble(chance(2) ? &net.tx : &net.rx);
		/* Its own grants, but for the rings': none, to read, to write, to transfer. */
		if (ref != net.tx_ref && ref != net.rx_ref &&
		    !(grants.table[ref].flags & (GTF_reading | GTF_writing))) {
			grants.table[ref].flags = 0;
			grants.table[ref].domid = 0;
			grants.table[ref].frame = ringone_os_frame(net.out[chance(32)].page);
			grants.table[ref].flags = chance(4);
		}
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
}

/* The first domain: what the back end's core asks of its host ------------------------------- */

#define WINDOW 0x53000000ul

static grant_handle_t handle[2];
static unsigned int n_mapped;

static void *host_map(struct host *h, uint16_t dom, const uint32_t *refs, unsigned int n, int write)
{
	unsigned long at = WINDOW + n_mapped * PAGE_SIZE;

	(void)h, (void)n;
	if (!l1_entry(at))
		map_page(at, virt_to_mfn(page_alloc()), PTE_RW);
	EXPECT(ringone_update_va_mapping(at, 0, UVMF_INVLPG), 0);
	if (grant_map_at(at, dom, *refs, GNTMAP_host_map | (write ? 0 : GNTMAP_readonly),
			 &handle[n_mapped]))
		return NULL;
	n_mapped++;
	return (void *)at;
}

static void host_unmap(struct host *h, void *at, unsigned int n)
{
	(void)h, (void)n;
	EXPECT(grant_unmap_at((unsigned long)at, 0,
			      handle[((unsigned long)at - WINDOW) / PAGE_SIZE]),
	       GNTST_okay);
	n_mapped--;
}

static int host_bind(struct host *h, uint16_t dom, uint32_t port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = dom, .remote_port = port };

	(void)h;
	return ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b) ? -1 : (int)b.local_port;
}

static void host_unbind(struct host *h, int port)
{
	struct evtchn_close c = { .port = port };

	(void)h;
	EXPECT(ringone_event_channel_op(EVTCHNOP_close, &c), 0);
}

static void host_notify(struct host *h, int port)
{
	struct evtchn_send e = { .port = port };

	(void)h;
	ringone_event_channel_op(EVTCHNOP_send, &e);
}

static void host_copy(struct net_host *h, uint16_t dom, struct net_copy *c, unsigned int n, int to)
{
	static gnttab_copy_t op[NET_BATCH];

	(void)h;
	for (unsigned int i = 0; i < n; i++) {
		struct gnttab_copy *o = &op[i];

		o->len = c[i].len;
		o->flags = to ? GNTCOPY_dest_gref : GNTCOPY_source_gref;
		o->status = 99;
		if (to) {
			o->source.u.gmfn = virt_to_mfn(c[i].ours);
			o->source.domid = DOMID_SELF;
			o->source.offset = 0;
			o->dest.u.ref = c[i].ref;
			o->dest.domid = dom;
			o->dest.offset = c[i].offset;
		} else {
			o->source.u.ref = c[i].ref;
			o->source.domid = dom;
			o->source.offset = c[i].offset;
			o->dest.u.gmfn = virt_to_mfn(c[i].ours);
			o->dest.domid = DOMID_SELF;
			o->dest.offset = 0;
		}
	}
	EXPECT(ringone_grant_table_op(GNTTABOP_copy, op, n), 0);
	for (unsigned int i = 0; i < n; i++)
		c[i].status = op[i].status;
}

static void host_flip(struct net_host *h, uint16_t dom, struct net_flip *f, unsigned int n)
{
	static void *page[NET_BATCH];
	static grant_ref_t ref[NET_BATCH];
	static int16_t status[NET_BATCH];

	(void)h;
	for (unsigned int i = 0; i < n; i++) {
		page[i] = f[i].page;
		ref[i] = f[i].ref;
	}
	EXPECT(ringone_flip_send(dom, page, ref, status, n), 0);
	for (unsigned int i = 0; i < n; i++)
		f[i].status = status[i];
}

static struct host functions = { .map = host_map,
				 .unmap = host_unmap,
				 .bind = host_bind,
				 .unbind = host_unbind,
				 .notify = host_notify };
static struct net_host host = { .host = &functions, .copy = host_copy, .flip = host_flip };
static struct net_device device;
static struct net_frame frame[NET_BATCH], back[PAIR];

static uint64_t tsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* @n frames of @len bytes, whole ones if they will be looked at; until they have arrived. */
static uint32_t deliver(unsigned int n, unsigned int len, int whole)
{
	uint32_t got = s.mail->word[GOT], first = got;
	unsigned int sent = 0;

	t_begin = tsc();
	while (sent < n) {
		int room = net_room(&device);
		unsigned int k = room > 0 ? room : 0;

		CHECK(room >= 0, "the guest's ring index cannot be");
		if (k > n - sent)
			k = n - sent;
		for (unsigned int i = 0; i < k; i++) {
			fill(frame[i].page, first + sent + i, whole ? len : 14);
			frame[i].len = len;
		}
		if (k)
			EXPECT(net_to_guest(&device, frame, k), (int)k);
		else
			ringone_sched_op(SCHEDOP_yield, NULL);
		sent += k;
	}
	for (int i = 0; i < 100000 && s.mail->word[GOT] != got + n; i++)
		ringone_sched_op(SCHEDOP_yield, NULL);
	EXPECT(s.mail->word[GOT], got + n);
	return (tsc() - t_begin) / n;
}

/* What the child sent back. */
static void take_back(void)
{
	unsigned int n = 0;

	for (int i = 0; i < 1000 && n < PAIR; i++) {
		int k = net_from_guest(&device, back + n, PAIR - n);

		CHECK(k >= 0, "the guest's ring index cannot be");
		n += k > 0 ? k : 0;
		if (!k)
			ringone_sched_op(SCHEDOP_yield, NULL);
	}
	EXPECT(n, PAIR);
	for (unsigned int i = 0; i < n; i++) {
		EXPECT(back[i].len, LONG);
		EXPECT(differ(back[i].page, i, LONG), 0);
	}
}

/* A second domain with a front end that is ready. */
static void begin(void (*child)(void))
{
	struct xen_domctl op = { 0 };

	second_make(&s, child);
	op.u.max_mem.max_memkb = (s.nr_pages + 64) * 4;
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_mem, s.id), 0);
	second_unpause(&s);
	CHECK(second_wait_word(&s, READY, 1, 5000), "the front end did not start");
}

static void finish(void)
{
	net_detach(&device);
	s.mail->word[END] = 1;
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	CHECK(second_gone(s.id), "it is still there");
}

static void run(void (*child)(void), int flip, uint32_t *cost)
{
	long before;

	begin(child);
	before = pages();
	device = (struct net_device){ .host = &host, .guest = s.id };
	n_mapped = 0;
	EXPECT(net_attach(&device, s.mail->word[TX], s.mail->word[RX], s.mail->word[PORT], flip),
	       0);
	deliver(PAIR, LONG, 1);
	take_back();
	EXPECT(s.mail->word[WRONG], 0);
	deliver(64, LONG, 0); /* warm */
	cost[0] = deliver(N, SHORT, 0);
	cost[1] = deliver(N, LONG, 0);
	EXPECT(s.mail->word[DROPPED], 0);
	EXPECT(pages(), before);
	finish();
	note("%s: %u instructions a frame of %u bytes, %u of %u; a byte %u/1000",
	     flip ? "flipping" : "copying", cost[0], SHORT, cost[1], LONG,
	     cost[1] > cost[0] ? (cost[1] - cost[0]) * 1000 / (LONG - SHORT) : 0);
}

static void attach_again(int flip)
{
	net_detach(&device);
	n_mapped = 0;
	EXPECT(net_attach(&device, s.mail->word[TX], s.mail->word[RX], s.mail->word[PORT], flip),
	       0);
}

/* Serves the liar both ways, copying and flipping; all of ours is as it was. */
static void run_hostile(void)
{
	unsigned int lies = 0;
	long before;

	begin(child_lies);
	device = (struct net_device){ .host = &host, .guest = s.id, .port = -1 };
	before = pages();
	attach_again(1);
	for (int i = 0; i < 3000; i++) {
		int from = net_from_guest(&device, frame, NET_BATCH), room = net_room(&device);

		for (int k = 0; k < room; k++)
			frame[k].len = LONG;
		if (from != -1 && room >= 0)
			net_to_guest(&device, frame, room);
		else if (++lies)
			attach_again(lies % 2);
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	note("a liar: %u frames from it, %u to it, %u refused, %u indexes that cannot be",
	     (unsigned int)device.sent, (unsigned int)device.received, (unsigned int)device.refused,
	     lies);
	CHECK(lies > 2 && device.received && device.refused > 1000, "it lied too little");
	EXPECT(pages(), before);
	finish();
}

void test_main(void)
{
	uint32_t copying[2], flipping[2];

	second_need();
	for (unsigned int i = 0; i < NET_BATCH; i++)
		frame[i].page = page_alloc();
	for (unsigned int i = 0; i < PAIR; i++)
		back[i].page = page_alloc();
	run(child_copies, 0, copying);
	run(child_flips, 1, flipping);
	CHECK(copying[1] > copying[0], "a copied byte costs nothing");
	CHECK(flipping[1] < flipping[0] + flipping[0] / 20, "a flipped byte costs something");
	run_hostile();
	EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 1, 0, 0, 0, 0), 0);
}
