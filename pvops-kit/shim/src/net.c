/* SPDX-License-Identifier: MIT */
/*
 * The front end of a network device (io/netif.h). Frames are copied through pages of our own: 32
 * for sending, granted while a frame is under way; 32 for receiving, granted all the time and
 * handed back to the other side as soon as they have been emptied. Features that would let a frame
 * span several pages are not asked for.
 *
 * Where pages are flipped (n->flip) the 32 for receiving have no frame while they are offered: the
 * other side gives us the frame with the data in it, and ours went back to the hypervisor.
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

/* The offered pages' frames go back first, so that there is room for those that come. */
static long prepare_flips(struct ringone_net *n)
{
	void *page[RINGONE_NET_SLOTS];
	long error;

	_Static_assert(RINGONE_NET_SLOTS <= RINGONE_FLIP, "all slots are one batch");
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS; i++)
		page[i] = n->in[i].page;
	error = ringone_flip_release(page, RINGONE_NET_SLOTS);
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS && !error; i++) {
		n->in[i].ref = ringone_grant_transfer(n->front.grants, n->front.back_id);
		if (!n->in[i].ref)
			error = -XEN_ENOSPC;
	}
	return error;
}

static long prepare_pages(struct ringone_net *n)
{
	long error = 0;

	for (unsigned int i = 0; i < RINGONE_NET_SLOTS; i++) {
		n->out[i].page = ringone_os_page();
		n->in[i].page = ringone_os_page();
		if (!n->out[i].page || !n->in[i].page)
			return -XEN_ENOMEM;
	}
	if (n->flip)
		error = prepare_flips(n);
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS && !error; i++) {
		if (!n->flip)
			n->in[i].ref = ringone_grant(n->front.grants, n->front.back_id,
						     ringone_os_frame(n->in[i].page), 0);
		if (!n->in[i].ref)
			return -XEN_ENOSPC;
		offer(n, i);
	}
	return error;
}

static long announce(struct ringone_net *n)
{
	static const char *const wishes[] = { "feature-rx-notify", "feature-no-csum-offload" };
	struct ringone_front *f = &n->front;
	long error = ringone_front_put(f, "request-rx-copy", !n->flip);

	if (!error)
		error = ringone_front_put(f, "tx-ring-ref", n->tx_ref);
	if (!error)
		error = ringone_front_put(f, "rx-ring-ref", n->rx_ref);

	for (unsigned int i = 0; i < sizeof(wishes) / sizeof(wishes[0]) && !error; i++)
		error = ringone_front_put(f, wishes[i], 1);
	return error ? error : ringone_front_state(f, XenbusStateConnected);
}

/* A page that was offered for flipping gets a frame under it again. */
static void settle(struct ringone_net *n, unsigned int i)
{
	struct ringone_grants *g = n->front.grants;
	xen_pfn_t mfn = n->in[i].used ? ringone_grant_received(g, n->in[i].ref) : 0;

	/* Taken back, unless it has come at the last moment. */
	if (n->in[i].used && !mfn && ringone_grant_end(g, n->in[i].ref))
		mfn = ringone_grant_received(g, n->in[i].ref);
	if (mfn)
		ringone_flip_place(&n->in[i].page, &mfn, 1);
	else if (n->in[i].used)
		ringone_flip_refill(&n->in[i].page, 1);
	n->in[i].ref = 0;
}

static void give_back(struct ringone_net *n)
{
	for (unsigned int i = 0; n->flip && i < RINGONE_NET_SLOTS; i++)
		if (n->in[i].ref)
			settle(n, i);
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
	n->tx.head = ringone_front_ring(&n->front, NULL, &n->tx_ref);
	n->rx.head = ringone_front_ring(&n->front, NULL, &n->rx_ref);
	if (!n->tx.head || !n->rx.head)
		return -XEN_ENOMEM;
	ringone_ring_begin(&n->tx, n->tx.head, 4096, sizeof(union netif_tx_sring_entry));
	ringone_ring_begin(&n->rx, n->rx.head, 4096, sizeof(union netif_rx_sring_entry));
	return 0;
}

long ringone_net_open(struct ringone_net *n)
{
	long error = prepare_rings(n);

	if (!error)
		error = prepare_pages(n);
	if (error)
		give_back(n);
	else
		push_offers(n);
	return error;
}

long ringone_net_connect(struct ringone_net *n, struct ringone_store *store,
			 struct ringone_grants *grants, const char *dir)
{
	struct ringone_front *f = &n->front;
	long error = ringone_front_begin(f, store, grants, dir);

	if (error)
		return error;
	n->flip = n->flip && ringone_front_get(f, "feature-rx-flip", 0) == 1;
	error = read_mac(n);
	if (!error)
		error = ringone_net_open(n);
	if (error) {
		ringone_front_close(f);
		return error;
	}
	error = announce(n);
	if (!error)
		error = ringone_front_wait(f, XenbusStateConnected);
	if (error) {
		give_back(n);
		ringone_front_close(f);
	} else {
		ringone_front_kick(f); /* the pages were offered before anybody listened */
	}
	return error;
}

long ringone_net_disconnect(struct ringone_net *n)
{
	long error = ringone_front_end(&n->front);

	give_back(n);
	return error;
}

/* out[].used: */
enum { FREE, UNDER_WAY, ANSWERED }; /* answered, and the page was still held when we looked */

/* Takes back the page of an answered frame; while the other side holds on to it, so does the slot. */
static void take_back(struct ringone_net *n, unsigned int i)
{
	n->out[i].used = ringone_grant_end(n->front.grants, n->out[i].ref) ? ANSWERED : FREE;
}

/* Takes back the pages of frames that have been sent. Linux's back end answers before it lets go. */
static void reap(struct ringone_net *n)
{
	for (unsigned int i = 0; i < RINGONE_NET_SLOTS; i++)
		if (n->out[i].used == ANSWERED)
			take_back(n, i);
	for (int32_t waiting = ringone_ring_answers(&n->tx); waiting > 0; waiting--) {
		netif_tx_response_t r;

		ringone_ring_take(&n->tx, &r, sizeof(r));
		if (r.id >= RINGONE_NET_SLOTS || n->out[r.id].used != UNDER_WAY) {
			n->dropped++;
			continue;
		}
		n->dropped += r.status != NETIF_RSP_OKAY;
		take_back(n, r.id);
	}
}

long ringone_net_send(struct ringone_net *n, const void *frame, size_t len)
{
	netif_tx_request_t r;
	unsigned int i = 0;

	if (!len || len > RINGONE_NET_FRAME)
		return -XEN_EINVAL;
	reap(n);
	while (i < RINGONE_NET_SLOTS && n->out[i].used != FREE)
		i++;
	if (i == RINGONE_NET_SLOTS || !ringone_ring_free(&n->tx))
		return -XEN_EBUSY;
	__builtin_memcpy(n->out[i].page, frame, len);
	n->out[i].ref = ringone_grant(n->front.grants, n->front.back_id,
				      ringone_os_frame(n->out[i].page), 1);
	if (!n->out[i].ref)
		return -XEN_EBUSY;
	n->out[i].used = UNDER_WAY;
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

static int believed(struct ringone_net *n, const netif_rx_response_t *r)
{
	if (r->id < RINGONE_NET_SLOTS && n->in[r->id].used)
		return 1;
	n->dropped++;
	return 0;
}

/* Pages whose frames have been handed out are offered again, without them. */
static void offer_again(struct ringone_net *n)
{
	void *page[RINGONE_NET_SLOTS];

	for (unsigned int i = 0; i < n->n_came; i++)
		page[i] = n->in[n->came[i].id].page;
	if (n->n_came && ringone_flip_release(page, n->n_came)) {
		/* It says so only for memory that is not ours: then it is lost, and so is the slot. */
		n->dropped += n->n_came;
		n->n_came = n->next = 0;
		return;
	}
	for (unsigned int i = 0; i < n->n_came; i++) {
		unsigned int id = n->came[i].id;

		n->in[id].ref = ringone_grant_transfer(n->front.grants, n->front.back_id);
		if (n->in[id].ref)
			offer(n, id);
	}
	n->n_came = n->next = 0;
	push_offers(n);
}

/* Places the frames of all answers that wait. */
static void take_flips(struct ringone_net *n)
{
	void *page[RINGONE_NET_SLOTS];
	xen_pfn_t mfn[RINGONE_NET_SLOTS];

	for (int32_t waiting = ringone_ring_answers(&n->rx); waiting > 0; waiting--) {
		netif_rx_response_t r;
		unsigned int at = n->n_came;

		ringone_ring_take(&n->rx, &r, sizeof(r));
		if (!believed(n, &r))
			continue;
		mfn[at] = ringone_grant_received(n->front.grants, n->in[r.id].ref);
		if (!mfn[at]) { /* an answer without a page: the offer stands */
			n->dropped++;
			offer(n, r.id);
			continue;
		}
		n->in[r.id].used = 0;
		page[at] = n->in[r.id].page;
		n->came[n->n_came++] = r;
	}
	if (ringone_flip_place(page, mfn, n->n_came))
		n->n_came = 0;
}

static size_t receive_flipped(struct ringone_net *n, void *frame, size_t size)
{
	size_t len = 0;

	do {
		while (!len && n->next < n->n_came) {
			len = take(n, &n->came[n->next++], frame, size);
			n->dropped += !len;
		}
		if (len)
			return len;
		offer_again(n);
		take_flips(n);
	} while (n->n_came || ringone_ring_sleep_answers(&n->rx));
	return 0;
}

size_t ringone_net_receive(struct ringone_net *n, void *frame, size_t size)
{
	size_t len = 0;

	if (n->flip)
		return receive_flipped(n, frame, size);
	do {
		int32_t waiting = ringone_ring_answers(&n->rx);

		if (waiting < 0)
			return 0;
		for (; waiting && !len; waiting--) {
			netif_rx_response_t r;

			ringone_ring_take(&n->rx, &r, sizeof(r));
			if (!believed(n, &r))
				continue;
			n->in[r.id].used = 0;
			len = take(n, &r, frame, size);
			n->dropped += !len;
			offer(n, r.id);
		}
		push_offers(n);
	} while (!len && ringone_ring_sleep_answers(&n->rx));
	return len;
}
