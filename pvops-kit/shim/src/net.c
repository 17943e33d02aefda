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
	netif_rx_request_t *r = RING_GET_REQUEST(&n->rx, n->rx.req_prod_pvt);

	r->id = i;
	r->gref = n->in[i].ref;
	n->in[i].used = 1;
	n->rx.req_prod_pvt++;
}

static void push_offers(struct ringone_net *n)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&n->rx, notify);
	if (notify)
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
	ringone_front_ring_end(&n->front, n->tx.sring, n->tx_ref);
	ringone_front_ring_end(&n->front, n->rx.sring, n->rx_ref);
	n->tx.sring = NULL;
	n->rx.sring = NULL;
}

static long prepare_rings(struct ringone_net *n)
{
	n->tx.sring = ringone_front_ring(&n->front, "tx-ring-ref", &n->tx_ref);
	n->rx.sring = ringone_front_ring(&n->front, "rx-ring-ref", &n->rx_ref);
	if (!n->tx.sring || !n->rx.sring)
		return -XEN_ENOMEM;
	XEN_FRONT_RING_INIT(&n->tx, n->tx.sring, 4096);
	XEN_FRONT_RING_INIT(&n->rx, n->rx.sring, 4096);
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
	RING_IDX prod = *(volatile RING_IDX *)&n->tx.sring->rsp_prod;

	if (prod - n->tx.rsp_cons > n->tx.req_prod_pvt - n->tx.rsp_cons)
		return; /* more answers than questions */
	xen_rmb();
	while (n->tx.rsp_cons != prod) {
		netif_tx_response_t r = *RING_GET_RESPONSE(&n->tx, n->tx.rsp_cons);

		n->tx.rsp_cons++;
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
	netif_tx_request_t *r;
	unsigned int i = 0;
	int notify;

	if (!len || len > RINGONE_NET_FRAME)
		return -XEN_EINVAL;
	reap(n);
	while (i < RINGONE_NET_SLOTS && n->out[i].used)
		i++;
	if (i == RINGONE_NET_SLOTS || RING_FULL(&n->tx))
		return -XEN_EBUSY;
	__builtin_memcpy(n->out[i].page, frame, len);
	n->out[i].ref = ringone_grant(n->front.grants, n->front.back_id,
				      ringone_os_frame(n->out[i].page), 1);
	if (!n->out[i].ref)
		return -XEN_EBUSY;
	n->out[i].used = 1;
	r = RING_GET_REQUEST(&n->tx, n->tx.req_prod_pvt);
	*r = (netif_tx_request_t){ .gref = n->out[i].ref, .id = i, .size = len };
	n->tx.req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&n->tx, notify);
	if (notify)
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
	int more = 1;

	while (!len && more) {
		RING_IDX prod = *(volatile RING_IDX *)&n->rx.sring->rsp_prod;

		if (prod - n->rx.rsp_cons > n->rx.req_prod_pvt - n->rx.rsp_cons)
			return 0;
		xen_rmb();
		while (!len && n->rx.rsp_cons != prod) {
			netif_rx_response_t r = *RING_GET_RESPONSE(&n->rx, n->rx.rsp_cons);

			n->rx.rsp_cons++;
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
		if (!len)
			RING_FINAL_CHECK_FOR_RESPONSES(&n->rx, more);
	}
	return len;
}
