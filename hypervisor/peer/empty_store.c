/* SPDX-License-Identifier: MIT */
/*
 * The store of a machine on which no store daemon runs (yet): a plain domain
 * has a store page and an event channel like any guest, and whatever it asks
 * for is not there.  Without an answer its kernel would wait forever; with
 * ENOENT it finds no devices and goes on.
 *
 * Messages are those of io/xs_wire.h: a header, then `len` bytes of payload,
 * which nobody here looks at.  The page is the guest's: its indexes are read
 * once, and the kick that announced a request does at most one ring full.
 */
#include <stdint.h>
#include <xen/io/xs_wire.h>

#include "internal.h"
#include "peer.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "mm/mm.h"

static const char NOT_THERE[] = "ENOENT"; /* errors are words in this protocol */

struct reply {
	struct xsd_sockmsg header;
	char word[sizeof(NOT_THERE)];
} __packed;

static void take(const struct xenstore_domain_interface *ring, uint32_t at, void *to,
		 uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		((char *)to)[i] = ring->req[MASK_XENSTORE_IDX(at + i)];
}

static void put(struct xenstore_domain_interface *ring, uint32_t at, const void *from,
		uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		ring->rsp[MASK_XENSTORE_IDX(at + i)] = ((const char *)from)[i];
}

static void answer(struct domain *d, const struct xsd_sockmsg *request)
{
	struct reply r = {
		.header = { XS_ERROR, request->req_id, request->tx_id, sizeof(NOT_THERE) },
	};

	memcpy(r.word, NOT_THERE, sizeof(NOT_THERE));
	put(d->peer.store_ring, d->peer.store_rsp_prod, &r, sizeof(r));
	d->peer.store_rsp_prod += sizeof(r);
}

/* The guest kicked its store port: it has asked something, or made room for answers. */
static void kicked(struct domain *d)
{
	struct xenstore_domain_interface *ring = d->peer.store_ring;
	uint32_t prod = READ_ONCE(ring->req_prod), room, used;

	barrier();
	room = ring_room(d->peer.store_rsp_prod, READ_ONCE(ring->rsp_cons), XENSTORE_RING_SIZE);
	used = ring_used(prod, d->peer.store_req_cons, XENSTORE_RING_SIZE);
	if (!used) /* nothing, or not a possible distance: go on from there */
		d->peer.store_req_cons = prod;
	while (used) {
		struct xsd_sockmsg request;
		uint32_t n = MIN(used, d->peer.store_skip);

		if (!n) {
			if (used < sizeof(request) || room < sizeof(struct reply))
				break;
			take(ring, d->peer.store_req_cons, &request, sizeof(request));
			answer(d, &request);
			room -= sizeof(struct reply);
			n = sizeof(request);
			d->peer.store_skip = n + MIN(request.len, XENSTORE_PAYLOAD_MAX);
		}
		d->peer.store_skip -= n;
		d->peer.store_req_cons += n;
		used -= n;
	}
	barrier();
	WRITE_ONCE(ring->req_cons, d->peer.store_req_cons);
	WRITE_ONCE(ring->rsp_prod, d->peer.store_rsp_prod);
	if (d->peer.store_port)
		port_set_pending(d, d->peer.store_port);
}

static void closed(struct domain *d)
{
	d->peer.store_port = 0;
}

const struct hv_end empty_store_end = { .kicked = kicked, .closed = closed };
