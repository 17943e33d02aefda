/* SPDX-License-Identifier: MIT */
/* What goes to the guest, by copy or by flip. */
#include "core.h"

int net_room(struct net_device *d)
{
	int32_t n = ringone_ring_requests(&d->rx);

	if (!n && ringone_ring_sleep_requests(&d->rx))
		n = ringone_ring_requests(&d->rx);
	return n > NET_BATCH ? NET_BATCH : n;
}

static void copy_all(struct net_device *d, const struct net_rx_request *r,
		     const struct net_frame *frame, unsigned int n, int *status)
{
	struct net_copy copy[NET_BATCH];

	for (unsigned int i = 0; i < n; i++)
		copy[i] = (struct net_copy){ .ref = r[i].ref,
					     .len = frame[i].len,
					     .ours = frame[i].page };
	d->host->copy(d->host, d->guest, copy, n, 1);
	for (unsigned int i = 0; i < n; i++)
		status[i] = copy[i].status;
}

static void flip_all(struct net_device *d, const struct net_rx_request *r,
		     const struct net_frame *frame, unsigned int n, int *status)
{
	struct net_flip flip[NET_BATCH];

	for (unsigned int i = 0; i < n; i++)
		flip[i] = (struct net_flip){ .ref = r[i].ref, .page = frame[i].page };
	d->host->flip(d->host, d->guest, flip, n);
	for (unsigned int i = 0; i < n; i++)
		status[i] = flip[i].status;
}

int net_to_guest(struct net_device *d, const struct net_frame *frame, unsigned int n)
{
	struct net_rx_request request[NET_BATCH];
	int status[NET_BATCH], arrived = 0;

	for (unsigned int i = 0; i < n; i++)
		ringone_ring_take(&d->rx, &request[i], sizeof(request[i]));
	if (n)
		(d->flip ? flip_all : copy_all)(d, request, frame, n, status);
	for (unsigned int i = 0; i < n; i++) {
		struct net_rx_answer a = { .id = request[i].id,
					   .status = status[i] ? NET_ERROR : frame[i].len };

		ringone_ring_put(&d->rx, &a, sizeof(a));
		arrived += !status[i];
	}
	d->received += arrived;
	d->refused += n - arrived;
	if (n && ringone_ring_push_answers(&d->rx))
		d->host->host->notify(d->host->host, d->port);
	return arrived;
}
