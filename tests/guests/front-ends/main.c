/* SPDX-License-Identifier: MIT */
/*
 * Question: do the shim's block and network front ends work with back ends that others wrote?
 *
 * Because: until now both ends of each ring were ours, so that a mistake made twice would not show.
 * tests/boot/foreign makes it a guest of xl, once with Linux's back ends and once with blkd and netd.
 *
 * Expected: sectors written are flushed and read back, with as many requests under way as there
 * is room for, and dom0 finds them in the image; dom0 answers pings of every length between the
 * shortest and the longest frame with the bytes that were sent; both devices are given back.
 */
#include "event.h"
#include "mm.h"

#define PAGES   128 /* written, 8 sectors each */
#define PINGS   200
#define OUR_IP  "\xc0\xa8\x4d\x1e" /* 192.168.77.30 */
#define DOM0_IP "\xc0\xa8\x4d\x01"

/* What the shim asks of its OS ------------------------------------------------------------- */

static void *spare[256]; /* pages given back */
static unsigned int n_spare;

void *ringone_os_page(void)
{
	void *page = n_spare ? spare[--n_spare] : page_alloc();

	memset(page, 0, PAGE_SIZE);
	return page;
}

void ringone_os_page_free(void *page)
{
	if (n_spare < 256)
		spare[n_spare++] = page;
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
	void *page = page_alloc();

	ringone_update_va_mapping((unsigned long)page, (uint64_t)mfn * PAGE_SIZE | 3, UVMF_INVLPG);
	return page;
}

/* Sleeps until @port has an event, half a second at most. */
static void wait_for(evtchn_port_t port)
{
	struct sched_poll p = { .nr_ports = 1, .timeout = now_ns() + 500 * NS_MS };

	set_xen_guest_handle(p.ports, &port);
	EXPECT(ringone_sched_op(SCHEDOP_poll, &p), 0);
	ringone_port_clear(shared_info->evtchn_pending, port);
}

/* The disk --------------------------------------------------------------------------------- */

static struct ringone_block disk;
static void *page[RINGONE_BLOCK_SLOTS];

/* Eight sectors, each begins with a line that tells its number. */
static void fill(char *to, unsigned int first)
{
	static const char line[] = "written by a front end of the shim, sector 00000\n";

	for (unsigned int i = 0; i < 8; i++, to += 512) {
		unsigned int n = first + i;

		for (unsigned int k = 0; k < 512; k++)
			to[k] = 'a' + (n + k) % 26;
		memcpy(to, line, sizeof(line) - 1);
		for (char *digit = to + sizeof(line) - 3; n; n /= 10)
			*digit-- += n % 10;
	}
}

/* All pages by @op, as many under way as the ring takes; what was read is compared. */
static void transfer(unsigned int op)
{
	static char should[PAGE_SIZE];
	unsigned int sent = 0, done = 0, last[RINGONE_BLOCK_SLOTS] = {};
	unsigned char busy[RINGONE_BLOCK_SLOTS] = {};

	while (done < PAGES) {
		void *tag;
		long status;

		for (unsigned int i = 0; sent < PAGES && i < RINGONE_BLOCK_SLOTS; i++) {
			if (busy[i])
				continue;
			if (op == BLKIF_OP_WRITE)
				fill(page[i], sent * 8);
			else
				memset(page[i], 0, PAGE_SIZE);
			EXPECT(ringone_block_submit(&disk, op, sent * 8, page[i], 8,
						    (void *)(unsigned long)(i + 1)),
			       0);
			busy[i] = 1;
			last[i] = sent++;
		}
		if (!ringone_block_next(&disk, &tag, &status)) {
			wait_for(disk.front.port);
			continue;
		}
		EXPECT(status, 0);
		busy[(unsigned long)tag - 1] = 0;
		done++;
		fill(should, last[(unsigned long)tag - 1] * 8);
		CHECK(op == BLKIF_OP_WRITE ||
			      !memcmp(page[(unsigned long)tag - 1], should, PAGE_SIZE),
		      "page %u came back with other bytes", last[(unsigned long)tag - 1]);
	}
}

static void flush(void)
{
	void *tag;
	long status;

	EXPECT(ringone_block_submit(&disk, BLKIF_OP_FLUSH_DISKCACHE, 0, page[0], 0, NULL), 0);
	while (!ringone_block_next(&disk, &tag, &status))
		wait_for(disk.front.port);
	EXPECT(status, 0);
}

static void ask_disk(struct ringone_store *store, struct ringone_grants *grants)
{
	EXPECT(ringone_block_connect(&disk, store, grants, "device/vbd/51712"), 0);
	port_mask(disk.front.port);
	CHECK(disk.sectors >= PAGES * 8, "the disk has %u sectors", (unsigned int)disk.sectors);
	for (unsigned int i = 0; i < RINGONE_BLOCK_SLOTS; i++)
		page[i] = ringone_os_page();
	transfer(BLKIF_OP_WRITE);
	flush();
	transfer(BLKIF_OP_READ);
	EXPECT(ringone_block_disconnect(&disk), 0);
	guest_printf("front-ends: the disk is written and read\n");
}

/* The card --------------------------------------------------------------------------------- */

static struct ringone_net net;
static unsigned char dom0_mac[6];

static void put16(unsigned char *at, unsigned int n)
{
	at[0] = n >> 8;
	at[1] = n;
}

static void checksum(unsigned char *from, unsigned int len, unsigned char *at)
{
	uint32_t sum = 0;

	put16(at, 0);
	for (unsigned int i = 0; i < len; i++)
		sum += i & 1 ? from[i] : from[i] << 8;
	sum = (sum >> 16) + (sum & 0xffff);
	put16(at, ~(sum + (sum >> 16)));
}

/* An ARP message: @what 1 asks for dom0, 2 tells it who we are. */
static void arp(unsigned int what)
{
	unsigned char f[60] = {};

	memset(f, 0xff, 6);
	memcpy(f + 6, net.mac, 6);
	memcpy(f + 12, "\x08\x06\0\1\x08\0\6\4", 8);
	put16(f + 20, what);
	memcpy(f + 22, net.mac, 6);
	memcpy(f + 28, OUR_IP, 4);
	memcpy(f + 32, dom0_mac, 6);
	memcpy(f + 38, DOM0_IP, 4);
	EXPECT(ringone_net_send(&net, f, sizeof(f)), 0);
}

/* An echo request with @len bytes behind its header. */
static size_t ping(unsigned char *f, unsigned int n, unsigned int len)
{
	memset(f, 0, 42);
	memcpy(f, dom0_mac, 6);
	memcpy(f + 6, net.mac, 6);
	put16(f + 12, 0x800);
	f[14] = 0x45;
	put16(f + 16, 28 + len);
	f[22] = 64;
	f[23] = 1;
	memcpy(f + 26, OUR_IP, 4);
	memcpy(f + 30, DOM0_IP, 4);
	checksum(f + 14, 20, f + 24);
	f[34] = 8;
	put16(f + 40, n);
	for (unsigned int i = 0; i < len; i++)
		f[42 + i] = n * 7 + i * 13 + (i >> 8);
	checksum(f + 34, 8 + len, f + 36);
	return 42 + len;
}

/* What comes until it is what @mine says (0: the answer to our ARP); 0 when nothing does. */
static size_t answer(unsigned char *f, unsigned int mine)
{
	struct patience p = patience(20000);

	while (patient(&p)) {
		size_t len = ringone_net_receive(&net, f, 2048);

		if (!len)
			wait_for(net.front.port);
		else if (f[12] == 8 && f[13] == 6 && f[21] == 1)
			arp(2);
		else if (f[12] == 8 && f[13] == 6 && !mine)
			return len;
		else if (f[12] == 8 && !f[13] && f[23] == 1 && !f[34] && mine &&
			 (f[40] << 8 | f[41]) == (int)mine)
			return len;
	}
	return 0;
}

static void ask_card(struct ringone_store *store, struct ringone_grants *grants)
{
	static unsigned char sent[2048], got[2048];
	long error = 0;

	EXPECT(ringone_net_connect(&net, store, grants, "device/vif/0"), 0);
	port_mask(net.front.port);
	for (unsigned int tries = 0; tries < 10; tries++) {
		arp(1);
		if (answer(got, 0))
			break;
	}
	memcpy(dom0_mac, got + 22, 6);
	for (unsigned int n = 1; n <= PINGS; n++) {
		unsigned int len = (n - 1) * (RINGONE_NET_FRAME - 42) / (PINGS - 1);
		size_t size = ping(sent, n, len);

		/* Linux's back end holds on to long frames until it has done with them. */
		for (struct patience p = patience(20000); patient(&p);) {
			error = ringone_net_send(&net, sent, size);
			if (error != -XEN_EBUSY)
				break;
			wait_for(net.front.port);
		}
		EXPECT(error, 0);
		if (!answer(got, n)) {
			guest_fail("ping %u of %u bytes got no answer", n, len);
			break;
		}
		CHECK(!memcmp(got + 42, sent + 42, len), "ping %u came back with other bytes", n);
	}
	EXPECT(net.dropped, 0);
	EXPECT(ringone_net_disconnect(&net), 0);
	guest_printf("front-ends: dom0 answers by the card\n");
}

void test_main(void)
{
	static struct ringone_grants grants;
	struct ringone_store store = {
		.ring = mfn_to_virt(start_info->store_mfn),
		.port = start_info->store_evtchn,
		.shared = shared_info,
	};

	port_mask(store.port);
	EXPECT(ringone_grants_init(&grants), 0);
	ask_disk(&store, &grants);
	ask_card(&store, &grants);
}
