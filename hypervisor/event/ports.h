/* SPDX-License-Identifier: MIT */
/* Inside event/: the port table of a domain.  All under d->event_lock. */
#ifndef RINGONE_EVENT_PORTS_H
#define RINGONE_EVENT_PORTS_H

#include "domain.h"
#include "trust.h"

/*
 * The port in use under this number, or NULL: numbers come from guests, and a
 * port may have been closed since they were noted (TRUST 23).  Port 0 is never
 * in use: an event word of 0 means "none" to every guest.
 */
static inline struct event_port *port_in_use(const struct domain *d, uint32_t port)
{
	struct event_port *bucket;

	if (!TRUST_CHECK(23, 1, port < NR_EVENT_PORTS))
		return NULL;
	bucket = d->port_buckets[port / PORTS_PER_BUCKET];
	if (!bucket || !TRUST_CHECK(23, 2, bucket[port % PORTS_PER_BUCKET].state != PORT_FREE))
		return NULL;
	return &bucket[port % PORTS_PER_BUCKET];
}

/*
 * Find a free port, the lowest first as guests are used to, and give it the
 * state.  Notifies VCPU 0 until told otherwise.  -ENOSPC: all 1023 are in
 * use; -ENOMEM: no memory for their table.
 */
int port_alloc(struct domain *d, enum port_state state, struct event_port **port);

/* Back to free, with its pending bit cleared so that the next user starts clean. */
void port_free(struct domain *d, uint32_t nr);

/* Close whatever the port is, the other end included.  -EINVAL: not in use. */
int port_close(struct domain *d, uint32_t nr);

/* Set pending and tell the VCPU that the port notifies. */
void port_raise(struct domain *d, uint32_t nr, const struct event_port *port);

/* Tell a VCPU that there are events for it. */
void vcpu_mark_events(struct vcpu *v);

/* VCPU of the caller's domain by a number from the guest, or NULL. */
struct vcpu *event_vcpu(struct domain *d, uint32_t id);

/* The domain that a call names: the caller's own, by DOMID_SELF or by number; or NULL. */
struct domain *event_domain(uint32_t domid);

bool virq_is_global(uint32_t virq);
int32_t bind_virq(struct domain *d, evtchn_bind_virq_t *b);

#endif
