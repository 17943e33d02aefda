/* SPDX-License-Identifier: MIT */
/*
 * What the front ends of all split devices have in common: a folder of the store in which they and
 * their back end leave numbers and a state for each other (io/xenbus.h), and a channel.
 */
#include <xen/errno.h>
#include "text.h"

static long read_at(struct ringone_front *f, const char *dir, const char *name, char *value)
{
	char path[RINGONE_STORE_VALUE + 32];

	if (!text_path(path, sizeof(path), dir, name))
		return -XEN_E2BIG;
	return ringone_store_read(f->store, path, value, RINGONE_STORE_VALUE);
}

uint64_t ringone_front_get(struct ringone_front *f, const char *name, uint64_t otherwise)
{
	char value[RINGONE_STORE_VALUE];

	if (read_at(f, f->back, name, value) < 0)
		return otherwise;
	return text_number(value, otherwise);
}

long ringone_front_put(struct ringone_front *f, const char *name, uint32_t number)
{
	char path[RINGONE_STORE_VALUE + 32], value[11];

	if (!text_path(path, sizeof(path), f->dir, name))
		return -XEN_E2BIG;
	text_decimal(value, number);
	return ringone_store_write(f->store, path, value);
}

long ringone_front_state(struct ringone_front *f, XenbusState state)
{
	return ringone_front_put(f, "state", state);
}

long ringone_front_wait(struct ringone_front *f, XenbusState state)
{
	for (;;) {
		unsigned int seen = f->store->watches;
		XenbusState now = ringone_front_get(f, "state", XenbusStateUnknown);

		if (now == state)
			return 0;
		if (now == XenbusStateClosing || now == XenbusStateClosed)
			return -XEN_ENODEV;
		ringone_store_wait(f->store, seen);
	}
}

void ringone_front_kick(struct ringone_front *f)
{
	struct evtchn_send send = { .port = f->port };

	ringone_event_channel_op(EVTCHNOP_send, &send);
}

void ringone_front_close(struct ringone_front *f)
{
	struct evtchn_close close = { .port = f->port };

	if (f->port)
		ringone_event_channel_op(EVTCHNOP_close, &close);
	f->port = 0;
}

static long open_channel(struct ringone_front *f)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = f->back_id };
	long error = ringone_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

	f->port = error ? 0 : alloc.port;
	return error ? error : ringone_front_put(f, "event-channel", f->port);
}

long ringone_front_begin(struct ringone_front *f, struct ringone_store *store,
			 struct ringone_grants *grants, const char *dir)
{
	char value[RINGONE_STORE_VALUE], state[RINGONE_STORE_VALUE + 8];
	long error;

	f->store = store;
	f->grants = grants;
	f->port = 0;
	if (text_length(dir) >= sizeof(f->dir))
		return -XEN_E2BIG;
	__builtin_memcpy(f->dir, dir, text_length(dir) + 1);
	error = read_at(f, dir, "backend", f->back);
	if (error < 0)
		return error;
	error = read_at(f, dir, "backend-id", value);
	if (error < 0)
		return error;
	f->back_id = text_number(value, DOMID_INVALID);
	if (f->back_id >= DOMID_FIRST_RESERVED)
		return -XEN_EINVAL;
	text_path(state, sizeof(state), f->back, "state");
	error = ringone_store_watch(store, state, dir);
	if (!error)
		error = ringone_front_wait(f, XenbusStateInitWait);
	if (!error)
		error = open_channel(f);
	if (error)
		ringone_front_close(f);
	return error;
}

void *ringone_front_ring(struct ringone_front *f, const char *name, grant_ref_t *ref)
{
	void *page = ringone_os_page();

	if (!page)
		return NULL;
	*ref = ringone_grant(f->grants, f->back_id, ringone_os_frame(page), 0);
	if (*ref && (!name || !ringone_front_put(f, name, *ref)))
		return page;
	if (*ref)
		ringone_grant_end(f->grants, *ref);
	ringone_os_page_free(page);
	return NULL;
}

void ringone_front_ring_end(struct ringone_front *f, void *page, grant_ref_t ref)
{
	if (page && (!ref || !ringone_grant_end(f->grants, ref)))
		ringone_os_page_free(page);
}

/* Waits until the back end's state is one of those from @first to Closed; gone is as good. */
static void wait_closing(struct ringone_front *f, XenbusState first)
{
	for (;;) {
		unsigned int seen = f->store->watches;
		XenbusState now = ringone_front_get(f, "state", XenbusStateClosed);

		if (now >= first && now <= XenbusStateClosed)
			break;
		ringone_store_wait(f->store, seen);
	}
}

long ringone_front_end(struct ringone_front *f)
{
	long error = ringone_front_state(f, XenbusStateClosing);

	/* In two steps: it lets go when both have said that they are closing, and we that we have. */
	if (!error) {
		wait_closing(f, XenbusStateClosing);
		error = ringone_front_state(f, XenbusStateClosed);
	}
	if (!error)
		wait_closing(f, XenbusStateClosed);
	ringone_front_close(f);
	return error;
}
