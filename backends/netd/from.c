/* SPDX-License-Identifier: MIT */
/*
 * What the guest sends. A frame in several pieces, or one with additions (segmentation offload),
 * was not negotiated: all its entries are taken and answered with an error.
 */
#include "core.h"

static void answer(struct net_device *d, uint16_t id, int status)
{
	struct net_tx_answer a = { .id = id, .status = status };

	ringone_ring_put(&d->tx, &a, sizeof(a));
}

#define PIECES    1 /* of d->skipping: the next entry is a piece of the same frame */
#define ADDITIONS 2 /* before that, the next one is an addition */

/* An addition (0 type, 1 flags: bit 0, another one follows) is answered like the rest. */
static int skip(struct net_device *d, const struct net_tx_request *r)
{
	if (d->skipping & ADDITIONS) {
		answer(d, r->id, NET_NULL);
		if (!(((const uint8_t *)r)[1] & 1))
			d->skipping &= ~ADDITIONS;
		return 1;
	}
	answer(d, r->id, NET_ERROR);
	if (!d->skipping) {
		d->refused++;
		d->skipping = r->flags & NET_EXTRA ? ADDITIONS : 0;
	}
	d->skipping = (d->skipping & ADDITIONS) | (r->flags & NET_MORE_DATA ? PIECES : 0);
	return 1;
}

static int refused(struct net_device *d, const struct net_tx_request *r)
{
	if (d->skipping || r->flags & (NET_MORE_DATA | NET_EXTRA))
		return skip(d, r);
	if (r->size >= 14 && r->size <= NET_FRAME && r->offset <= HOST_PAGE - r->size)
		return 0;
	answer(d, r->id, NET_ERROR);
	d->refused++;
	return 1;
}

static unsigned int take(struct net_device *d, struct net_tx_request *request,
			 struct net_copy *copy, struct net_frame *frame, unsigned int n,
			 int32_t waiting)
{
	unsigned int k = 0;

	for (; waiting > 0 && k < n; waiting--) {
		struct net_tx_request *r = &request[k];

		ringone_ring_take(&d->tx, r, sizeof(*r));
		if (refused(d, r))
			continue;
		copy[k] = (struct net_copy){
			.ref = r->ref, .offset = r->offset, .len = r->size, .ours = frame[k].page
		};
		k++;
	}
	return k;
}

#define TURNS 64 /* batches without a frame before the caller has a look around */

int net_from_guest(struct net_device *d, struct net_frame *frame, unsigned int n)
{
	struct net_tx_request request[NET_BATCH];
	struct net_copy copy[NET_BATCH];
	unsigned int k, good = 0, turns = TURNS;
	int32_t waiting;

	do {
		if (!turns--)
			return -2;
		waiting = ringone_ring_requests(&d->tx);
		if (waiting < 0)
			return -1;
		k = take(d, request, copy, frame, n < NET_BATCH ? n : NET_BATCH, waiting);
		if (k)
			d->host->copy(d->host, d->guest, copy, k, 0);
		for (unsigned int i = 0; i < k; i++) {
			void *page = frame[i].page;

			answer(d, request[i].id, copy[i].status ? NET_ERROR : NET_OKAY);
			if (copy[i].status) {
				d->refused++;
				continue;
			}
			if (request[i].flags & NET_CSUM_BLANK)
				net_checksum(page, request[i].size);
			/* Good ones to the front; the pages only change places. */
			frame[i].page = frame[good].page;
			frame[good].page = page;
			frame[good++].len = request[i].size;
		}
		if (waiting && ringone_ring_push_answers(&d->tx))
			d->host->host->notify(d->host->host, d->port);
	} while (!good && (waiting || ringone_ring_sleep_requests(&d->tx)));
	d->sent += good;
	return good;
}
