/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include "xenbus.h"

int xb_put(struct xenbus *b, const char *name, const char *value)
{
	char path[XB_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", b->back, name);
	return b->host->write(b->host, path, value);
}

int xb_put_number(struct xenbus *b, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return xb_put(b, name, text);
}

int xb_set_state(struct xenbus *b, int state)
{
	b->state = state;
	return xb_put_number(b, "state", state);
}

static int64_t get(struct xenbus *b, const char *dir, const char *name, uint64_t max)
{
	char path[XB_PATH + 32], value[24];
	uint64_t n = 0;
	int len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	len = b->host->read(b->host, path, value, sizeof(value));
	if (len <= 0 || len > 19)
		return -1;
	for (int i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		n = n * 10 + (value[i] - '0');
	}
	return n > max ? -1 : (int64_t)n;
}

int64_t xb_get_front(struct xenbus *b, const char *name, uint64_t max)
{
	return get(b, b->front, name, max);
}

int64_t xb_get_back(struct xenbus *b, const char *name, uint64_t max)
{
	return get(b, b->back, name, max);
}

int xb_complain(struct xenbus *b, const char *sentence)
{
	if (b->complaints < XB_COMPLAINTS)
		b->host->say(b->host, sentence);
	if (++b->complaints == XB_COMPLAINTS)
		b->host->say(b->host,
			     "what else is wrong with this device stands in the store alone");
	xb_put(b, "error", sentence);
	return -EPROTO;
}

int xb_begin(struct xenbus *b, struct host *host, const char *back, int *before)
{
	char path[XB_PATH + 32];
	int64_t guest;

	*b = (struct xenbus){ .host = host, .back = back };
	guest = xb_get_back(b, "frontend-id", 0x7fef);
	*before = xb_get_back(b, "state", XB_CLOSED);
	snprintf(path, sizeof(path), "%s/frontend", back);
	if (guest < 0 || host->read(host, path, b->front, sizeof(b->front)) <= 0)
		return xb_complain(b, "frontend or frontend-id is missing");
	b->guest = guest;
	snprintf(path, sizeof(path), "%.255s/state", b->front);
	if (host->watch(host, path) || host->watch(host, back))
		return xb_complain(b, "the store does not watch its nodes");
	return 0;
}
