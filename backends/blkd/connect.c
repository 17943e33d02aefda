/* SPDX-License-Identifier: MIT */
/*
 * The back end's half of the conversation in the store (io/xenbus.h, io/blkif.h):
 *
 *	ours: 2, with what we can do    theirs: 3 or 4, with ring and channel
 *	ours: 4, with what the disk is  theirs: 5 or 6: the end; ours follows
 *
 * Every value read from the guest's folder is a number in its range or is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"

enum { INITIALISING = 1, INIT_WAIT, INITIALISED, CONNECTED, CLOSING, CLOSED };

#define PATH 256

struct life {
	struct blk_device *d;
	const char *back;
	char front[PATH];
	int state; /* ours */
};

static int put(struct life *l, const char *name, const char *value)
{
	char path[PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", l->back, name);
	return l->d->host->write(l->d->host, path, value);
}

static int put_number(struct life *l, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return put(l, name, text);
}

static int set_state(struct life *l, int state)
{
	l->state = state;
	return put_number(l, "state", state);
}

/* A decimal number up to @max from @dir/@name; -1: it is not there or is something else. */
static int64_t get(struct life *l, const char *dir, const char *name, uint64_t max)
{
	char path[PATH + 32], value[24];
	uint64_t n = 0;
	int len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	len = l->d->host->read(l->d->host, path, value, sizeof(value));
	if (len <= 0 || len > 19)
		return -1;
	for (int i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		n = n * 10 + (value[i] - '0');
	}
	return n > max ? -1 : (int64_t)n;
}

/* The log has it, and so has the store, where `xenstore-ls` shows it. */
static int complain(struct life *l, const char *sentence)
{
	l->d->host->say(l->d->host, sentence);
	put(l, "error", sentence);
	return -EPROTO;
}

static int announce(struct life *l)
{
	static const char *const can[] = { "feature-flush-cache", "feature-barrier",
					   "feature-persistent" };
	int error = 0;

	for (unsigned int i = 0; i < sizeof(can) / sizeof(can[0]) && !error; i++)
		error = put(l, can[i], "1");
	if (!error)
		error = put_number(l, "feature-max-indirect-segments", BLK_MAX_SEGMENTS);
	return error ? error : set_state(l, INIT_WAIT);
}

static int speaks_32_bit(struct life *l)
{
	char path[PATH + 32], value[32];

	snprintf(path, sizeof(path), "%s/protocol", l->front);
	return l->d->host->read(l->d->host, path, value, sizeof(value)) < 0 ||
	       !strcmp(value, "x86_32-abi");
}

static int connect_ring(struct life *l, int again)
{
	int64_t ring = get(l, l->front, "ring-ref", UINT32_MAX),
		port = get(l, l->front, "event-channel", UINT32_MAX);
	struct blk_device *d = l->d;
	int error;

	if (ring < 0 || port < 0)
		return complain(l, "the guest names no ring-ref or no event-channel");
	if (!speaks_32_bit(l))
		return complain(l, "the guest's protocol is not x86_32-abi, the only one served");
	d->persistent = get(l, l->front, "feature-persistent", 1) == 1;
	error = blk_attach(d, ring, port, again);
	if (error == -EPROTO)
		return complain(l, "the ring does not go on where it was left");
	if (error)
		return complain(l, "the guest's ring cannot be mapped, or its channel bound");
	if (again)
		return 0;
	put_number(l, "sectors", d->image->sectors);
	put_number(l, "sector-size", BLK_SECTOR);
	put_number(l, "info", d->image->readonly ? 4 : 0); /* VDISK_READONLY */
	return set_state(l, CONNECTED);
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
	int64_t theirs = get(l, l->front, "state", CLOSED);
	int online = get(l, l->back, "online", 1) == 1;

	if (get(l, l->back, "state", 8) < 0)
		return 1; /* the folder is gone: so is the device */
	switch (theirs) {
	case INITIALISING:
		if (l->state == CLOSED && online)
			announce(l);
		break;
	case INITIALISED:
	case CONNECTED:
		if (!d->page && l->state == INIT_WAIT && connect_ring(l, 0))
			set_state(l, CLOSING);
		break;
	case CLOSING:
		end_connection(l);
		if (l->state != CLOSING)
			set_state(l, CLOSING);
		break;
	default: /* closed, or no folder any more */
		if (theirs < 0 && online && l->state == INIT_WAIT)
			break;
		end_connection(l);
		if (l->state != CLOSED)
			set_state(l, CLOSED);
		return !online || theirs < 0;
	}
	return 0;
}

static int begin(struct life *l)
{
	struct blk_device *d = l->d;
	char path[PATH + 32];
	int64_t guest = get(l, l->back, "frontend-id", 0x7fef);
	int64_t before = get(l, l->back, "state", CLOSED);

	snprintf(path, sizeof(path), "%s/frontend", l->back);
	if (guest < 0 || d->host->read(d->host, path, l->front, sizeof(l->front)) <= 0)
		return complain(l, "frontend or frontend-id is missing");
	d->guest = guest;
	snprintf(path, sizeof(path), "%.255s/state", l->front);
	if (d->host->watch(d->host, path) || d->host->watch(d->host, l->back))
		return complain(l, "the store does not watch its nodes");
	if (before != CONNECTED)
		return announce(l);
	/* Another one served this ring and died. */
	l->state = CONNECTED;
	d->host->say(d->host, "goes on with the ring of one that is gone");
	return connect_ring(l, 1) ? set_state(l, CLOSING) : 0;
}

int blk_live(struct blk_device *d, const char *back)
{
	struct life l = { .d = d, .back = back };
	int error = begin(&l), more = 0;

	if (error)
		return error;
	while (!follow(&l)) {
		more = d->page ? blk_serve(d) : 0;
		if (more < 0) {
			complain(&l, "the guest's ring index cannot be: disconnected");
			end_connection(&l);
			set_state(&l, CLOSING);
			more = 0;
		}
		error = d->host->wait(d->host, more ? 0 : -1);
		if (error < 0)
			break;
	}
	blk_detach(d);
	return error < 0 ? error : 0;
}
