/* SPDX-License-Identifier: MIT */
#ifndef NETD_LIVE_H
#define NETD_LIVE_H

#include "../core.h"

/* What is on the other side of the back end. */
struct net_wire {
	/* A frame of @len bytes; whether it could be sent makes no difference to the guest. */
	void (*send)(struct net_wire *w, const void *frame, unsigned int len);

	/* The next frame, at most @size bytes: its length, 0: none now. */
	unsigned int (*receive)(struct net_wire *w, void *frame, unsigned int size);

	/* Whether a frame that comes ends the host's wait(). */
	void (*listen)(struct net_wire *w, int on);
};

/*
 * The life of the device whose back end's folder is @back: 0 when it was detached, or an error.
 * @page: NET_BATCH pages of ours, for frames.
 */
int net_live(struct net_device *d, struct net_wire *w, struct net_frame *frames, const char *back);

#endif
