/* SPDX-License-Identifier: MIT */
/*
 * The network device's half of the conversation in the store, and the turn of its two directions:
 *
 *	ours: 2, with what we can do	theirs: 4 (or 3), with rings and channel
 *	ours: 4				theirs: 5 or 6: the end; ours follows
 *
 * Ours is 4 already: whoever served the device before is dead, and its rings are taken over.
 */
#include "../../xenbus/xenbus.h"
#include "live.h"

/* What was announced here before us, by the kernel's back end, and is not served. */
static const char *const cannot[] = { "feature-sg",
				      "feature-gso-tcpv4",
				      "feature-gso-tcpv6",
				      "feature-ipv6-csum-offload",
				      "feature-multicast-control",
				      "feature-dynamic-multicast-control",
				      "feature-split-event-channels",
				      "feature-ctrl-ring",
				      "feature-xdp-headroom" };

static int announce(struct net_device *d, struct xenbus *b)
{
	int error = xb_put(b, "feature-rx-copy", "1");

	for (unsigned int i = 0; i < sizeof(cannot) / sizeof(cannot[0]) && !error; i++)
		error = xb_put(b, cannot[i], "0");
	if (!error)
		error = xb_put(b, "multi-queue-max-queues", "1");
	if (!error)
		error = xb_put_number(b, "feature-rx-flip", d->host->flip != 0);
	return error ? error : xb_set_state(b, XB_INIT_WAIT);
}

static int connect_rings(struct net_device *d, struct xenbus *b, int again)
{
	int64_t tx = xb_get_front(b, "tx-ring-ref", UINT32_MAX),
		rx = xb_get_front(b, "rx-ring-ref", UINT32_MAX),
		port = xb_get_front(b, "event-channel", UINT32_MAX);
	int flip = xb_get_front(b, "request-rx-copy", 1) != 1;

	if (tx < 0 || rx < 0 || port < 0)
		return xb_complain(b,
				   "the guest names no tx-ring-ref, rx-ring-ref or event-channel");
	if (flip && !d->host->flip)
		return xb_complain(b, "the guest wants pages flipped, which this host does not do");
	if (net_attach(d, tx, rx, port, flip))
		return xb_complain(b, "the guest's rings cannot be mapped, or its channel bound");
	if (!again)
		return xb_set_state(b, XB_CONNECTED);
	return net_take_over(d) ? xb_complain(b, "the rings do not go on where they were left") : 0;
}

/* What the front end's state asks of ours; 1: the device is at its end. */
static int follow(struct net_device *d, struct xenbus *b)
{
	int64_t theirs = xb_get_front(b, "state", XB_CLOSED);
	int online = xb_get_back(b, "online", 1) == 1;

	if (xb_get_back(b, "state", 8) < 0)
		return 1; /* the folder is gone: so is the device */
	switch (theirs) {
	case XB_INITIALISING:
		if (b->state == XB_CLOSED && online)
			announce(d, b);
		break;
	case XB_INITIALISED:
	case XB_CONNECTED:
		if (!d->tx_page && b->state == XB_INIT_WAIT && connect_rings(d, b, 0))
			xb_set_state(b, XB_CLOSING);
		break;
	case XB_CLOSING:
		net_detach(d);
		if (b->state != XB_CLOSING)
			xb_set_state(b, XB_CLOSING);
		break;
	default: /* closed, or no folder any more */
		if (theirs < 0 && online && b->state == XB_INIT_WAIT)
			break;
		net_detach(d);
		if (b->state != XB_CLOSED)
			xb_set_state(b, XB_CLOSED);
		return !online || theirs < 0;
	}
	return 0;
}

/* 1: there may be more at once; 0: no; -1: a ring's index cannot be. */
static int turn(struct net_device *d, struct net_wire *w, struct net_frame *frame)
{
	int from = net_from_guest(d, frame, NET_BATCH), room, n = 0;

	if (from == -1)
		return -1;
	for (int i = 0; i < from; i++)
		w->send(w, frame[i].page, frame[i].len);
	room = net_room(d);
	if (room < 0)
		return -1;
	for (; n < room; n++) {
		frame[n].len = w->receive(w, frame[n].page, NET_FRAME);
		if (!frame[n].len)
			break;
	}
	if (n)
		net_to_guest(d, frame, n);
	w->listen(w, room > n);
	return from || n;
}

static int begin(struct net_device *d, struct xenbus *b, const char *back)
{
	int before, error = xb_begin(b, d->host->host, back, &before);

	d->port = -1;
	if (error)
		return error;
	d->guest = b->guest;
	if (before != XB_CONNECTED)
		return announce(d, b);
	/* Another one served these rings and died. */
	b->state = XB_CONNECTED;
	d->host->host->say(d->host->host, "goes on with the rings of one that is gone");
	if (!connect_rings(d, b, 1))
		return 0;
	net_detach(d);
	return xb_set_state(b, XB_CLOSING);
}

int net_live(struct net_device *d, struct net_wire *w, struct net_frame *frames, const char *back)
{
	struct host *h = d->host->host;
	struct xenbus bus;
	int more, news = 1, error = begin(d, &bus, back);

	while (!error && (!news || !follow(d, &bus))) {
		more = d->tx_page ? turn(d, w, frames) : 0;
		if (!d->tx_page) /* nobody takes what comes, and it must not wake us */
			w->listen(w, 0);
		if (more < 0) {
			xb_complain(&bus, "the guest's ring index cannot be: disconnected");
			net_detach(d);
			error = xb_set_state(&bus, XB_CLOSING);
			more = 0;
		}
		if (!error)
			news = h->wait(h, more ? 0 : -1);
		if (news < 0)
			error = news;
	}
	net_detach(d);
	return error;
}
