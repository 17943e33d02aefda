/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_XENBUS_H
#define BACKENDS_XENBUS_H

/*
 * A back end's half of the conversation in the store (io/xenbus.h), the part that all devices have
 * in common. A number read from the guest's folder is one, in its range, or is refused.
 */
#include "host.h"

enum { XB_INITIALISING = 1, XB_INIT_WAIT, XB_INITIALISED, XB_CONNECTED, XB_CLOSING, XB_CLOSED };

#define XB_PATH       256
#define XB_COMPLAINTS 10 /* of a device that go into the log: a guest can cause any number */

struct xenbus {
	struct host *host;
	const char *back; /* our folder */
	char front[XB_PATH];
	uint16_t guest;
	int state; /* ours */
	unsigned int complaints;
};

/* Reads where the other side is and watches both; 0 or an error. @before: our state until now. */
int xb_begin(struct xenbus *b, struct host *host, const char *back, int *before);

int xb_put(struct xenbus *b, const char *name, const char *value);
int xb_put_number(struct xenbus *b, const char *name, uint64_t value);
int xb_set_state(struct xenbus *b, int state);

/* A decimal number up to @max from the guest's folder or ours; -1: not there, or something else. */
int64_t xb_get_front(struct xenbus *b, const char *name, uint64_t max);
int64_t xb_get_back(struct xenbus *b, const char *name, uint64_t max);

/*
 * The log has it, the first XB_COMPLAINTS of a device, and so has the store, where `xenstore-ls` shows
 * it. Returns an error.
 */
int xb_complain(struct xenbus *b, const char *sentence);

#endif
