/* SPDX-License-Identifier: MIT */
/*
 * The front end of a network device (io/netif.h). Frames are copied through pages of our own: 32
 * for sending, granted while a frame is under way; 32 for receiving, granted all the time and
 * handed back to the other side as soon as they have been emptied. Features that would let a frame
 * span several pages are not asked for.
 */
#include <xen/errno.h>
#include "text.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes as 00:16:3e:..., from the folder of the device. */
static long read_mac(struct ringone_net *n)
{
	char path[RINGONE_STORE_VALUE + 8], text[RINGONE_STORE_VALUE];
	long len;

	text_path(path, sizeof(path), n->front.dir, "mac");
	len = ringone_store_read(n->front.store, path, text, sizeof(text));
	if (len < 0)
		return len;
	for (int i = 0; i < 6; i++) {
		int high = len == 17 ? hex(text[3 * i]) : -1, low = hex(text[3 * i + 1]);

		if (high < 0 || low < 0)
			return -XEN_EINVAL;
		n->mac[i] = high << 4 | low;
	}
	return 0;
}

/* Offers the page of slot @i for a frame to come; the caller pushes. */
static void offer(struct ringone_net *n, unsigned int i)
{
	netif_rx_request_t r = { .id = i, .gref = n->in[i].ref };

	n->in[i].used = 1;
	ringone_ring_put(&n->rx, &r, sizeof(r));
}

static void push_offers(struct ringone_net *n)
{
	if (ringone_ring_push_requests(&n->rx))
		ringone_front_kick(&n->front);
}

static long prepare_pages(struct ringone_net *n)
{
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS; i++) {
		n->out[i].page = ringone_os_page();
		n->in[i].page = ringone_os_page();
		if (!n->out[i].page || !n->in[i].page)
			return -XEN_ENOMEM;
		n->in[i].ref = ringone_grant(n->front.grants, n->front.back_id,
					     ringone_os_frame(n->in[i].page), 0);
		if (!n->in[i].ref)
			return -XEN_ENOSPC;
		offer(n, i);
	}
	return 0;
}

static long announce(struct ringone_front *f)
{
	static const char *const wishes[] = { "request-rx-copy", "feature-rx-notify",
					      "feature-no-csum-offload" };
	long error = 0;

	for (unsigned int i = 0; i < sizeof(wishes) / sizeof(wishes[0]) && !error; i++)
		error = ringone_front_put(f, wishes[i], 1);
	return error ? error : ringone_front_state(f, XenbusStateConnected);
}

static void give_back(struct ringone_net *n)
{
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS; i++) {
		ringone_front_ring_end(&n->front, n->in[i].page, n->in[i].ref);
		ringone_front_ring_end(&n->front, n->out[i].page,
				       n->out[i].used ? n->out[i].ref : 0);
		n->in[i].page = n->out[i].page = NULL;
	}
	ringone_front_ring_end(&n->front, n->tx.head, n->tx_ref);
	ringone_front_ring_end(&n->front, n->rx.head, n->rx_ref);
	n->tx.head = NULL;
	n->rx.head = NULL;
}

static long prepare_rings(struct ringone_net *n)
{
	n->tx.head = ringone_front_ring(&n->front, "tx-ring-ref", &n->tx_ref);
	n->rx.head = ringone_front_ring(&n->front, "rx-ring-ref", &n->rx_ref);
	if (!n->tx.head || !n->rx.head)
		return -XEN_ENOMEM;
	ringone_ring_begin(&n->tx, n->tx.head, 4096, sizeof(union netif_tx_sring_entry));
	ringone_ring_begin(&n->rx, n->rx.head, 4096, sizeof(union netif_rx_sring_entry));
	return 0;
}

long ringone_net_connect(struct ringone_net *n, struct ringone_store *store,
			 struct ringone_grants *grants, const char *dir)
{
	struct ringone_front *f = &n->front;
	long error = ringone_front_begin(f, store, grants, dir);

	if (error)
		return error;
	error = read_mac(n);
	if (!error)
		error = prepare_rings(n);
	if (!error)
		error = prepare_pages(n);
	if (!error)
		error = announce(f);
	if (!error)
		error = ringone_front_wait(f, XenbusStateConnected);
	if (error) {
		give_back(n);
		ringone_front_close(f);
	} else {
		push_offers(n);
	}
	return error;
}

long ringone_net_disconnect(struct ringone_net *n)
{
	long error = ringone_front_end(&n->front);

	give_back(n);
	return error;
}

/* Takes back the pages of frames that have been sent. */
static void reap(struct ringone_net *n)
{
	for (int32_t waiting = ringone_ring_answers(&n->tx); waiting > 0; waiting--) {
		netif_tx_response_t r;

		ringone_ring_take(&n->tx, &r, sizeof(r));
		if (r.id >= RINGONE_NET_SLOTS || !n->out[r.id].used) {
			n->dropped++;
			continue;
		}
		n->dropped += r.status != NETIF_RSP_OKAY;
		/* While the other side holds on to the page, so does the slot. */
		if (!ringone_grant_end(n->front.grants, n->out[r.id].ref))
			n->out[r.id].used = 0;
	}
}

long ringone_net_send(struct ringone_net *n, const void *frame, size_t len)
{
	netif_tx_request_t r;
	unsigned int i = 0;

	if (!len || len > RINGONE_NET_FRAME)
		return -XEN_EINVAL;
	reap(n);
	while (i < RINGONE_NET_SLOTS && n->out[i].used)
		i++;
	if (i == RINGONE_NET_SLOTS || !ringone_ring_free(&n->tx))
		return -XEN_EBUSY;
	__builtin_memcpy(n->out[i].page, frame, len);
	n->out[i].ref = ringone_grant(n->front.grants, n->front.back_id,
				      ringone_os_frame(n->out[i].page), 1);
	if (!n->out[i].ref)
		return -XEN_EBUSY;
	n->out[i].used = 1;
	r = (netif_tx_request_t){ .gref = n->out[i].ref, .id = i, .size = len };
	ringone_ring_put(&n->tx, &r, sizeof(r));
	if (ringone_ring_push_requests(&n->tx))
		ringone_front_kick(&n->front);
	return 0;
}

/* The frame of one answer, copied; 0 when it is an error or makes no sense. */
static size_t take(struct ringone_net *n, const netif_rx_response_t *r, void *frame, size_t size)
{
	size_t len = r->status > 0 ? r->status : 0;

	if (r->flags & (NETRXF_more_data | NETRXF_extra_info))
		return 0;
	if (len > RINGONE_NET_FRAME || r->offset > 4096 - len)
		return 0;
	__builtin_memcpy(frame, (char *)n->in[r->id].page + r->offset, len < size ? len : size);
	return len;
}

size_t ringone_net_receive(struct ringone_net *n, void *frame, size_t size)
{
	size_t len = 0;

	do {
		int32_t waiting = ringone_ring_answers(&n->rx);

		if (waiting < 0)
			return 0;
		for (; waiting && !len; waiting--) {
			netif_rx_response_t r;

			ringone_ring_take(&n->rx, &r, sizeof(r));
			if (r.id >= RINGONE_NET_SLOTS || !n->in[r.id].used) {
				n->dropped++;
				continue;
			}
			n->in[r.id].used = 0;
			len = take(n, &r, frame, size);
			n->dropped += !len;
			offer(n, r.id);
		}
		push_offers(n);
	} while (!len && ringone_ring_sleep_answers(&n->rx));
	return len;
}
