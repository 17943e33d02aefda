/* SPDX-License-Identifier: MIT */
/*
 * Channels between two domains, or within one ("loopback").
 *
 * Each end is a port of its domain, under that domain's event_lock, and names
 * the other end.  Whoever touches both holds both locks, the one at the lower
 * address first; since the port that says who the other domain is lies under
 * one of them, it is looked at again when both are held.  A domain that dies
 * closes its ports under both locks, so an end that says INTERDOMAIN names a
 * domain that is there (TRUST 23).
 */
#include "event.h"
#include "ports.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"

void event_lock_both(struct domain *a, struct domain *b)
{
	if (a == b) {
		spin_lock(&a->events.lock);
		return;
	}
	spin_lock(a < b ? &a->events.lock : &b->events.lock);
	spin_lock(a < b ? &b->events.lock : &a->events.lock);
}

void event_unlock_both(struct domain *a, struct domain *b)
{
	spin_unlock(&a->events.lock);
	if (a != b)
		spin_unlock(&b->events.lock);
}

/* Whose port is at the other end of d's; d itself for any other kind.  event_lock held. */
static struct domain *other_domain(struct domain *d, uint32_t nr)
{
	const struct event_port *p = port_in_use(d, nr);

	return p && p->state == PORT_INTERDOMAIN ? p->remote : d;
}

/*
 * Lock d and whoever is at the other end of its port now, which is returned
 * with a reference (d itself when there is nobody else).
 */
struct domain *event_lock_channel(struct domain *d, uint32_t nr)
{
	for (;;) {
		struct domain *rd;

		spin_lock(&d->events.lock);
		rd = other_domain(d, nr);
		domain_hold(rd);
		/* Nobody waits here, so the order of the two is nobody's concern. */
		if (rd == d || likely(spin_trylock(&rd->events.lock)))
			return rd;
		spin_unlock(&d->events.lock);
		event_lock_both(d, rd);
		if (likely(other_domain(d, nr) == rd))
			return rd;
		event_unlock_channel(d, rd);
	}
}

void event_unlock_channel(struct domain *d, struct domain *rd)
{
	event_unlock_both(d, rd);
	domain_put(rd);
}

/*
 * A port of a->dom that waits for a partner in a->remote_dom.  Only a privileged
 * domain may make one in a domain that is not its own (the toolstack does, for
 * the console and store of a new domain).
 */
int32_t evtchn_alloc_unbound(struct subop_call *c, evtchn_alloc_unbound_t *a)
{
	struct domain *d = c->d, *in;
	struct event_port *p;
	int32_t nr;

	nr = domain_named(d, a->dom, &in); /* who is not privileged: itself (25.30) */
	if (nr)
		return trace_error(nr);
	spin_lock(&in->events.lock);
	nr = port_alloc(in, PORT_UNBOUND, &p);
	if (nr > 0)
		p->remote_domid = a->remote_dom == DOMID_SELF ? d->id : a->remote_dom;
	spin_unlock(&in->events.lock);
	domain_put(in);
	if (nr < 0)
		return trace_error(nr);
	a->port = nr;
	return 0;
}

/* Both locks held. */
static int32_t bind(struct domain *d, struct domain *rd, evtchn_bind_interdomain_t *b)
{
	struct event_port *remote = port_in_use(rd, b->remote_port), *local;
	int nr;

	if (!remote ||
	    !TRUST_CHECK(23, 5, remote->state == PORT_UNBOUND && remote->remote_domid == d->id))
		return trace_error(-XEN_EINVAL);
	nr = port_alloc(d, PORT_INTERDOMAIN, &local);
	if (nr < 0)
		return trace_error(nr);

	local->remote = rd;
	local->remote_domid = rd->id;
	local->remote_port = b->remote_port;
	remote->state = PORT_INTERDOMAIN;
	remote->remote = d;
	remote->remote_port = nr;
	/* The peer may have tried to notify us before we were there. */
	TRUST_EFFECT(23, 111, port_raise(d, nr, local));
	b->local_port = nr;
	return 0;
}

/* Anybody may name a domain here: its unbound port says who is welcome. */
int32_t evtchn_bind_interdomain(struct subop_call *c, evtchn_bind_interdomain_t *b)
{
	struct domain *d = c->d;
	struct domain *rd = domain_get(b->remote_dom == DOMID_SELF ? d->id : b->remote_dom);
	int32_t rc;

	if (!rd)
		return trace_error(-XEN_ESRCH);
	event_lock_both(d, rd);
	rc = bind(d, rd, b);
	event_unlock_channel(d, rd);
	return rc;
}

/* EVTCHNOP_send for everything but an IPI, which is done where it is asked for. */
int32_t send_other(struct domain *d, uint32_t nr)
{
	struct domain *rd = event_lock_channel(d, nr);
	struct event_port *p = port_in_use(d, nr), *other;
	const struct hv_end *ours = NULL;
	int32_t rc = 0;

	switch (p ? p->state : PORT_FREE) {
	case PORT_HYPERVISOR:
		ours = p->hv_end;
		break;
	case PORT_INTERDOMAIN:
		other = port_in_use(rd, p->remote_port);
		if (other)
			port_raise(rd, p->remote_port, other);
		break;
	case PORT_UNBOUND: /* nobody there yet: not an error, bind_interdomain makes up for it */
		break;
	default:
		rc = -XEN_EINVAL;
	}
	event_unlock_channel(d, rd);
	if (ours) /* it may raise the port in turn, so after the lock */
		ours->kicked(d);
	return rc ? trace_error(rc) : 0;
}
