/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "world.h"

#define N_PAGES     200
#define FIRST_FRAME 1000
#define GRANT_FRAME 77
#define N_KEYS      64

struct ringone_store store;
struct ringone_grants grants;
void (*back_end)(evtchn_port_t port);
int world_conflict;
unsigned int world_pages, world_ports;

static char pages[N_PAGES][4096] __attribute__((aligned(4096)));
static int page_used[N_PAGES];
static grant_entry_v1_t grant_table[RINGONE_GRANTS];
static struct xenstore_domain_interface ring;
static struct shared_info shared;
static struct {
	char path[160], value[4096];
} keys[N_KEYS];
static char watched[8][160];
static unsigned int n_watched, idle;
static evtchn_port_t next_port;

/* The daemon's output that the ring had no room for yet, and a request that is not complete. */
static char out[65536], in[8192];
static size_t out_len, in_len;

/* What the OS gives ----------------------------------------------------------------------- */

void *ringone_os_page(void)
{
	for (int i = 0; i < N_PAGES; i++)
		if (!page_used[i]) {
			page_used[i] = 1;
			world_pages++;
			return memset(pages[i], 0, 4096);
		}
	return NULL;
}

void ringone_os_page_free(void *page)
{
	page_used[((char *)page - pages[0]) / 4096] = 0;
	world_pages--;
}

unsigned long ringone_os_frame(const void *page)
{
	return FIRST_FRAME + ((const char *)page - pages[0]) / 4096;
}

void ringone_os_reframe(void *page, unsigned long mfn)
{
	(void)page, (void)mfn;
	fail_msg("no page is flipped here");
}

void *ringone_os_map(unsigned long mfn)
{
	assert_int_equal(mfn, GRANT_FRAME);
	return grant_table;
}

/* The store daemon ------------------------------------------------------------------------ */

static void flush(void)
{
	size_t n = 0;

	while (n < out_len && ring.rsp_prod - ring.rsp_cons < XENSTORE_RING_SIZE)
		ring.rsp[MASK_XENSTORE_IDX(ring.rsp_prod++)] = out[n++];
	memmove(out, out + n, out_len - n);
	out_len -= n;
}

void world_say(const void *bytes, size_t len)
{
	assert_true(out_len + len <= sizeof(out));
	memcpy(out + out_len, bytes, len);
	out_len += len;
	flush();
}

static void answer(const struct xsd_sockmsg *q, uint32_t type, const char *data, size_t len)
{
	struct xsd_sockmsg m = { type, q->req_id, q->tx_id, len };

	world_say(&m, sizeof(m));
	world_say(data, len);
}

static int find(const char *path)
{
	for (int i = 0; i < N_KEYS; i++)
		if (keys[i].path[0] && !strcmp(keys[i].path, path))
			return i;
	return -1;
}

const char *world_read(const char *path)
{
	int i = find(path);

	return i < 0 ? NULL : keys[i].value;
}

static void fire(const char *path)
{
	struct xsd_sockmsg none = { 0 };

	for (unsigned int i = 0; i < n_watched; i++)
		if (!strncmp(path, watched[i], strlen(watched[i])))
			answer(&none, XS_WATCH_EVENT, watched[i], strlen(watched[i]) + 1);
}

void world_write(const char *path, const char *value)
{
	int i = find(path);

	for (int j = 0; i < 0 && j < N_KEYS; j++)
		if (!keys[j].path[0])
			i = j;
	assert_true(i >= 0);
	snprintf(keys[i].path, sizeof(keys[i].path), "%s", path);
	snprintf(keys[i].value, sizeof(keys[i].value), "%s", value);
	fire(path);
}

static void directory(const struct xsd_sockmsg *q, const char *path)
{
	char names[512];
	size_t len = 0, n = strlen(path);

	for (int i = 0; i < N_KEYS; i++)
		if (!strncmp(keys[i].path, path, n) && keys[i].path[n] == '/')
			len += sprintf(names + len, "%s", keys[i].path + n + 1) + 1;
	answer(q, XS_DIRECTORY, names, len);
}

static void serve_one(const struct xsd_sockmsg *q, char *data)
{
	const char *second = data + strlen(data) + 1;
	int i = q->len ? find(data) : -1;

	data[q->len] = 0;
	switch (q->type) {
	case XS_READ:
		if (i < 0)
			answer(q, XS_ERROR, "ENOENT", 7);
		else
			answer(q, XS_READ, keys[i].value, strlen(keys[i].value));
		return;
	case XS_DIRECTORY:
		directory(q, data);
		return;
	case XS_WRITE:
		world_write(data, second);
		break;
	case XS_RM:
		if (i >= 0)
			keys[i].path[0] = 0;
		break;
	case XS_WATCH:
		snprintf(watched[n_watched++], sizeof(watched[0]), "%.159s", data);
		answer(q, XS_WATCH, "OK", 3);
		fire(data);
		return;
	case XS_TRANSACTION_START:
		answer(q, XS_TRANSACTION_START, "31", 3);
		return;
	case XS_TRANSACTION_END:
		assert_int_equal(q->tx_id, 31);
		if (world_conflict-- > 0) {
			answer(q, XS_ERROR, "EAGAIN", 7);
			return;
		}
		break;
	default:
		answer(q, XS_ERROR, "EINVAL", 7);
		return;
	}
	answer(q, q->type, "OK", 3);
}

static void serve(void)
{
	struct xsd_sockmsg *q = (struct xsd_sockmsg *)in;

	flush();
	while (ring.req_cons != ring.req_prod) {
		assert_true(in_len < sizeof(in));
		in[in_len++] = ring.req[MASK_XENSTORE_IDX(ring.req_cons++)];
		if (in_len >= sizeof(*q) && in_len == sizeof(*q) + q->len) {
			in[in_len] = 0;
			serve_one(q, in + sizeof(*q));
			in_len = 0;
		}
	}
}

/* The hypervisor -------------------------------------------------------------------------- */

static long channel_op(int cmd, void *arg)
{
	if (cmd == EVTCHNOP_alloc_unbound) {
		struct evtchn_alloc_unbound *a = arg;

		assert_int_equal(a->remote_dom, BACK_END);
		a->port = next_port++;
		world_ports++;
		return 0;
	}
	if (cmd == EVTCHNOP_close) {
		assert_in_range(((struct evtchn_close *)arg)->port, 10, next_port - 1);
		world_ports--;
		return 0;
	}
	assert_int_equal(cmd, EVTCHNOP_send);
	evtchn_port_t port = ((struct evtchn_send *)arg)->port;

	if (port == STORE_PORT)
		serve();
	else if (back_end)
		back_end(port);
	idle = 0;
	return 0;
}

/* Nothing happens by itself here: who polls gives the others their turn. */
static long poll(const struct sched_poll *p)
{
	assert_int_equal(p->nr_ports, 1);
	assert_int_equal(*p->ports.p, STORE_PORT);
	if (++idle > 100)
		fail_msg("waits for something that will not come");
	serve();
	if (back_end)
		back_end(0);
	return 0;
}

long ringone_call(unsigned int nr, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e)
{
	(void)c, (void)d, (void)e;
	if (nr == __HYPERVISOR_event_channel_op)
		return channel_op(a, (void *)b);
	if (nr == __HYPERVISOR_sched_op) {
		assert_int_equal(a, SCHEDOP_poll);
		return poll((void *)b);
	}
	assert_int_equal(nr, __HYPERVISOR_grant_table_op);
	assert_int_equal(a, GNTTABOP_setup_table);
	struct gnttab_setup_table *s = (void *)b;

	*s->frame_list.p = GRANT_FRAME;
	s->status = GNTST_okay;
	return 0;
}

/* The back end's view of grants ------------------------------------------------------------ */

void *world_map(grant_ref_t ref, int write)
{
	grant_entry_v1_t *e = &grant_table[ref];

	assert_in_range(ref, GNTTAB_NR_RESERVED_ENTRIES, RINGONE_GRANTS - 1);
	assert_true(e->flags & GTF_permit_access);
	assert_int_equal(e->domid, BACK_END);
	if (write)
		assert_false(e->flags & GTF_readonly);
	e->flags |= write ? GTF_reading | GTF_writing : GTF_reading;
	assert_in_range(e->frame, FIRST_FRAME, FIRST_FRAME + N_PAGES - 1);
	return pages[e->frame - FIRST_FRAME];
}

void world_unmap(grant_ref_t ref)
{
	grant_table[ref].flags &= ~(GTF_reading | GTF_writing);
}

unsigned int world_granted(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RINGONE_GRANTS; i++)
		n += grant_table[i].flags != 0;
	return n;
}

int world_begin(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	memset(&shared, 0, sizeof(shared));
	memset(keys, 0, sizeof(keys));
	memset(grant_table, 0, sizeof(grant_table));
	memset(page_used, 0, sizeof(page_used));
	out_len = in_len = n_watched = idle = world_pages = world_ports = 0;
	world_conflict = 0;
	back_end = NULL;
	next_port = 10;
	store = (struct ringone_store){ .ring = &ring, .port = STORE_PORT, .shared = &shared };
	assert_int_equal(ringone_grants_init(&grants), 0);
	return 0;
}
