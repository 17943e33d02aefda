/* SPDX-License-Identifier: MIT */
/*
 * The back end's half of the conversation in the store (io/xenbus.h, io/blkif.h):
 *
 *	ours: 2, with what we can do    theirs: 3 or 4, with ring and channel
 *	ours: 4, with what the disk is  theirs: 5 or 6: the end; ours follows
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "../xenbus/xenbus.h"
#include "core.h"

struct life {
	struct blk_device *d;
	struct xenbus bus;
};

static int announce(struct life *l)
{
	static const char *const can[] = { "feature-flush-cache", "feature-barrier",
					   "feature-persistent" };
	int error = 0;

	for (unsigned int i = 0; i < sizeof(can) / sizeof(can[0]) && !error; i++)
		error = xb_put(&l->bus, can[i], "1");
	if (!error)
		error = xb_put_number(&l->bus, "feature-max-indirect-segments", BLK_MAX_SEGMENTS);
	return error ? error : xb_set_state(&l->bus, XB_INIT_WAIT);
}

static int speaks_32_bit(struct life *l)
{
	char path[XB_PATH + 32], value[32];

	snprintf(path, sizeof(path), "%s/protocol", l->bus.front);
	return l->d->host->read(l->d->host, path, value, sizeof(value)) < 0 ||
	       !strcmp(value, "x86_32-abi");
}

static int connect_ring(struct life *l, int again)
{
	int64_t ring = xb_get_front(&l->bus, "ring-ref", UINT32_MAX),
		port = xb_get_front(&l->bus, "event-channel", UINT32_MAX);
	struct blk_device *d = l->d;
	int error;

	if (ring < 0 || port < 0)
		return xb_complain(&l->bus, "the guest names no ring-ref or no event-channel");
	if (!speaks_32_bit(l))
		return xb_complain(&l->bus,
				   "the guest's protocol is not x86_32-abi, the only one served");
	d->persistent = xb_get_front(&l->bus, "feature-persistent", 1) == 1;
	error = blk_attach(d, ring, port, again);
	if (error == -EPROTO)
		return xb_complain(&l->bus, "the ring does not go on where it was left");
	if (error)
		return xb_complain(&l->bus,
				   "the guest's ring cannot be mapped, or its channel bound");
	if (again)
		return 0;
	xb_put_number(&l->bus, "sectors", d->image->sectors);
	xb_put_number(&l->bus, "sector-size", BLK_SECTOR);
	xb_put_number(&l->bus, "info", d->image->readonly ? 4 : 0); /* VDISK_READONLY */
	return xb_set_state(&l->bus, XB_CONNECTED);
}

static void end_connection(struct life *l)
{
	blk_detach(l->d);
	l->d->journal->magic = 0;
}

/* What the front end's state asks of ours; 1: the device is at its end. */
static int follow(struct life *l)
{
	struct blk_device *d = l->d;
	int64_t theirs = xb_get_front(&l->bus, "state", XB_CLOSED);
	int online = xb_get_back(&l->bus, "online", 1) == 1;

	if (xb_get_back(&l->bus, "state", 8) < 0)
		return 1; /* the folder is gone: so is the device */
	switch (theirs) {
	case XB_INITIALISING:
		if (l->bus.state == XB_CLOSED && online)
			announce(l);
		break;
	case XB_INITIALISED:
	case XB_CONNECTED:
		if (!d->page && l->bus.state == XB_INIT_WAIT && connect_ring(l, 0))
			xb_set_state(&l->bus, XB_CLOSING);
		break;
	case XB_CLOSING:
		end_connection(l);
		if (l->bus.state != XB_CLOSING)
			xb_set_state(&l->bus, XB_CLOSING);
		break;
	default: /* closed, or no folder any more */
		if (theirs < 0 && online && l->bus.state == XB_INIT_WAIT)
			break;
		end_connection(l);
		if (l->bus.state != XB_CLOSED)
			xb_set_state(&l->bus, XB_CLOSED);
		return !online || theirs < 0;
	}
	return 0;
}

static int begin(struct life *l, const char *back)
{
	struct blk_device *d = l->d;
	int before, error = xb_begin(&l->bus, d->host, back, &before);

	if (error)
		return error;
	d->guest = l->bus.guest;
	if (before != XB_CONNECTED)
		return announce(l);
	/* Another one served this ring and died. */
	l->bus.state = XB_CONNECTED;
	d->host->say(d->host, "goes on with the ring of one that is gone");
	return connect_ring(l, 1) ? xb_set_state(&l->bus, XB_CLOSING) : 0;
}

int blk_live(struct blk_device *d, const char *back)
{
	struct life l = { .d = d };
	int error = begin(&l, back), news = 1, more = 0;

	if (error)
		return error;
	while (!news || !follow(&l)) {
		more = d->page ? blk_serve(d) : 0;
		if (more < 0) {
			xb_complain(&l.bus, "the guest's ring index cannot be: disconnected");
			end_connection(&l);
			xb_set_state(&l.bus, XB_CLOSING);
			more = 0;
		}
		news = d->host->wait(d->host, more ? 0 : -1);
		if (news < 0)
			break;
	}
	blk_detach(d);
	return news < 0 ? news : 0;
}
