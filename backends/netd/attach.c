/* SPDX-License-Identifier: MIT */
#include "core.h"

int net_attach(struct net_device *d, uint32_t tx_ref, uint32_t rx_ref, uint32_t port, int flip)
{
	struct host *h = d->host->host;
	int error = -1;

	d->flip = flip && d->host->flip;
	if (flip && !d->flip)
		return error;
	d->tx_page = h->map(h, d->guest, &tx_ref, 1, 1);
	d->rx_page = h->map(h, d->guest, &rx_ref, 1, 1);
	d->port = -1;
	if (d->tx_page && d->rx_page) {
		d->port = h->bind(h, d->guest, port);
		error = d->port < 0 ? d->port : 0;
	}
	if (error) {
		net_detach(d);
		return error;
	}
	d->skipping = 0;
	ringone_ring_attach(&d->tx, d->tx_page, HOST_PAGE, NET_TX_ENTRY, 0);
	ringone_ring_attach(&d->rx, d->rx_page, HOST_PAGE, NET_RX_ENTRY, 0);
	return 0;
}

void net_detach(struct net_device *d)
{
	struct host *h = d->host->host;

	if (d->port >= 0)
		h->unbind(h, d->port);
	if (d->tx_page)
		h->unmap(h, d->tx_page, 1);
	if (d->rx_page)
		h->unmap(h, d->rx_page, 1);
	d->tx_page = d->rx_page = NULL;
	d->port = -1;
}

static int answer_all(struct ringone_ring *r, int tx)
{
	int32_t n = ringone_ring_requests(r);

	for (int32_t i = 0; i < n; i++) {
		struct net_tx_request t;
		struct net_rx_request q;

		/* An answer goes over the first half of its request: the name in it is still there. */
		if (tx) {
			ringone_ring_take(r, &t, sizeof(t));
			ringone_ring_put(r, &(struct net_tx_answer){ t.id, NET_DROPPED },
					 sizeof(struct net_tx_answer));
		} else {
			ringone_ring_take(r, &q, sizeof(q));
			ringone_ring_put(r,
					 &(struct net_rx_answer){ .id = q.id, .status = NET_ERROR },
					 sizeof(struct net_rx_answer));
		}
	}
	return n < 0 ? -1 : ringone_ring_push_answers(r);
}

int net_take_over(struct net_device *d)
{
	struct host *h = d->host->host;
	int tx = answer_all(&d->tx, 1), rx = answer_all(&d->rx, 0);

	if (tx < 0 || rx < 0)
		return -1;
	h->notify(h, d->port);
	return 0;
}
