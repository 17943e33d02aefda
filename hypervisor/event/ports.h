/* SPDX-License-Identifier: MIT */
/* Inside event/: the port table of a domain.  Under d->event_lock where nothing else is said. */
#ifndef RINGONE_EVENT_PORTS_H
#define RINGONE_EVENT_PORTS_H

#include "bitmap.h"
#include "call/call.h"
#include "domain/domain.h"
#include "event.h"
#include "sched/sched.h"
#include "trust.h"
#include "unit.h"

#define PORTS_A_BREATH 512 /* looked at, one after the other */

/*
 * The port in use under this number, or NULL: numbers come from guests, and a
 * port may have been closed since they were noted (TRUST 23).  Port 0 is never
 * in use: an event word of 0 means "none" to every guest.
 */
static inline struct event_port *port_in_use(const struct domain *d, uint32_t port)
{
	struct event_port *bucket;

	if (!TRUST_CHECK(23, 1, port < d->events.nr_ports))
		return NULL;
	bucket = d->events.port_buckets[port / PORTS_PER_BUCKET];
	if (!bucket || !TRUST_CHECK(23, 2, bucket[port % PORTS_PER_BUCKET].state != PORT_FREE))
		return NULL;
	return &bucket[port % PORTS_PER_BUCKET];
}

/* Is there such a port, in use or free?  They are there 64 at a time: the first always. */
static inline bool port_exists(const struct domain *d, uint32_t port)
{
	return port < PORTS_PER_BUCKET ||
	       (port < d->events.nr_ports && d->events.port_buckets[port / PORTS_PER_BUCKET]);
}

/*
 * Find a free port, the lowest first as guests are used to, and give it the
 * state.  Notifies VCPU 0 until told otherwise.  -ENOSPC: all 1023 are in
 * use; -ENOMEM: no memory for their table; -EINVAL: the domain is dying, or has no VCPU yet.
 */
int port_alloc(struct domain *d, enum port_state state, struct event_port **port);

/* Back to free, with its pending bit cleared so that the next user starts clean. */
void port_free(struct domain *d, uint32_t nr);

/* Close whatever the port is, the other end included; takes the locks.  -EINVAL: not in use. */
int port_close(struct domain *d, uint32_t nr);

/*
 * Tell a VCPU that there are events for it.  Only one that sleeps has to be
 * woken: the exchange and the fence in vcpu_block() see to it that either we
 * find it asleep or it finds the mark (sched/sched_op.c).
 */
static inline void vcpu_mark_events(struct vcpu *v)
{
	if (!__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST) &&
	    unlikely(READ_ONCE(v->sched.runstate) == VCPU_BLOCKED))
		vcpu_wake(v);
}

/* VCPUs in SCHEDOP_poll wait for a pending bit alone, masked or not. */
void wake_pollers(struct domain *d);

/* ---- fifo.c: the other form of all this; event_lock held ---- */

void fifo_raise(struct domain *d, uint32_t nr, struct event_port *p);
void fifo_unmask(struct domain *d, uint32_t nr, struct event_port *p);
bool fifo_pending(const struct domain *d, uint32_t nr);
bool fifo_masked(const struct domain *d, uint32_t nr);
void fifo_clear(struct domain *d, uint32_t nr);
void fifo_end(struct domain *d);
void fifo_frames_held(const struct domain *d, frame_holder held, void *to);

/* Set pending and tell the VCPU that the port notifies. */
static inline void port_raise(struct domain *d, uint32_t nr, struct event_port *port)
{
	struct vcpu *v = d->vcpus[port->vcpu];
	struct shared_info *s = d->shared;

	if (d->events.fifo) {
		fifo_raise(d, nr, port);
		return;
	}

	switch (event_set(nr, (uint32_t *)s->evtchn_pending, (uint32_t *)s->evtchn_mask,
			  (uint32_t *)&v->info->evtchn_pending_sel)) {
	case EVENT_WAS_PENDING:
		return;
	case EVENT_UPCALL:
		vcpu_mark_events(v);
		break;
	case EVENT_QUIET:
		break;
	}
	if (unlikely(d->events.may_poll))
		TRUST_EFFECT(23, 117, wake_pollers(d));
}

/* VCPU of the caller's domain by a number from the guest, or NULL. */
struct vcpu *event_vcpu(struct domain *d, uint32_t id);

/* ---- interdomain.c: two domains, two locks ---- */

void event_lock_both(struct domain *a, struct domain *b);
void event_unlock_both(struct domain *a, struct domain *b);
struct domain *event_lock_channel(struct domain *d, uint32_t nr);
void event_unlock_channel(struct domain *d, struct domain *rd);
int32_t send_other(struct domain *d, uint32_t nr);

bool virq_is_global(uint32_t virq);

uint32_t ports_audit(void); /* audit.c: while nothing runs */

/* ---- the handlers of event_channel_op; c->d is whom they are about ---- */

#define OP(name, argument, way, privilege, lock, summary) \
	int32_t evtchn_##name(struct subop_call *c, argument *a);
#include "event/event_ops.def"
#undef OP

#endif
