/* SPDX-License-Identifier: MIT */
/*
 * The port table.  A bucket of 128 ports is allocated when the first of them
 * is needed and stays until the domain ends, so that a pointer to a port stays
 * good for as long as its domain; what a port means is looked at anew under
 * the lock each time.
 */
#include "event.h"
#include "ports.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "pirq/pirq.h"
#include "unit.h"

int port_alloc(struct domain *d, enum port_state state, struct event_port **port)
{
	if (d->dying)
		return -XEN_EINVAL;
	for (uint32_t nr = 1; nr < NR_EVENT_PORTS; nr++) {
		struct event_port **bucket = &d->port_buckets[nr / PORTS_PER_BUCKET];
		struct event_port *p;

		if (!*bucket)
			*bucket = heap_alloc(PORTS_PER_BUCKET * sizeof(**bucket));
		if (!*bucket)
			return -XEN_ENOMEM;
		p = &(*bucket)[nr % PORTS_PER_BUCKET];
		if (p->state != PORT_FREE)
			continue;
		*p = (struct event_port){ .state = state };
		if (port)
			*port = p;
		return nr;
	}
	return -XEN_ENOSPC;
}

void port_free(struct domain *d, uint32_t nr)
{
	struct event_port *p = port_in_use(d, nr);

	if (!p)
		return;
	*p = (struct event_port){ .state = PORT_FREE };
	TRUST_EFFECT(23, 100, clear_bit(nr, d->shared->evtchn_pending));
}

static void forget_virq(struct domain *d, uint32_t nr, uint32_t virq)
{
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i] && d->vcpus[i]->virq_port[virq] == nr)
			TRUST_EFFECT(23, 101, d->vcpus[i]->virq_port[virq] = 0);
}

/* Locks of both ends are held; rd: whose port the other one is, or d. */
static int close_locked(struct domain *d, struct domain *rd, uint32_t nr)
{
	struct event_port *p = port_in_use(d, nr), *other;

	if (!p || p->state == PORT_RESERVED)
		return -XEN_EINVAL;

	switch (p->state) {
	case PORT_PIRQ:
		pirq_unbind(d, p->pirq);
		break;
	case PORT_VIRQ:
		forget_virq(d, nr, p->virq);
		break;
	case PORT_INTERDOMAIN:
		if (p->hv_end) {
			p->hv_end->closed(d);
			break;
		}
		/* The other end waits for a new partner, which must be us again. */
		other = port_in_use(rd, p->remote_port);
		if (other)
			*other = (struct event_port){ .state = PORT_UNBOUND,
						      .vcpu = other->vcpu,
						      .remote_domid = d->id };
		break;
	}
	port_free(d, nr);
	return 0;
}

int port_close(struct domain *d, uint32_t nr)
{
	struct domain *rd = event_lock_channel(d, nr);
	int rc = close_locked(d, rd, nr);

	event_unlock_channel(d, rd);
	return rc;
}

void port_unmask(struct domain *d, uint32_t nr)
{
	struct vcpu *v = d->vcpus[port_in_use(d, nr)->vcpu];
	struct shared_info *s = d->shared;

	if (event_unmask(nr, (uint32_t *)s->evtchn_pending, (uint32_t *)s->evtchn_mask,
			 (uint32_t *)&v->info->evtchn_pending_sel))
		vcpu_mark_events(v);
}

void wake_pollers(struct domain *d)
{
	d->may_poll = false;
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i] && d->vcpus[i]->poll)
			vcpu_wake(d->vcpus[i]);
}

void port_set_pending(struct domain *d, uint32_t nr)
{
	struct event_port *p;

	spin_lock(&d->event_lock);
	p = port_in_use(d, nr);
	if (p)
		port_raise(d, nr, p);
	spin_unlock(&d->event_lock);
}

int event_alloc_hv_port(struct domain *d, uint16_t remote_domid, const struct hv_end *end)
{
	struct event_port *p;
	int nr;

	spin_lock(&d->event_lock);
	nr = port_alloc(d, PORT_INTERDOMAIN, &p);
	if (nr > 0) {
		p->hv_end = end;
		p->remote_domid = remote_domid;
	}
	spin_unlock(&d->event_lock);
	return nr;
}

static int event_domain_create(struct domain *d)
{
	for (uint32_t i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	return 0;
}

/* TRUST 23: a table that is freed is also forgotten, so a late event finds no port. */
static int event_domain_relinquish(struct domain *d)
{
	for (uint32_t nr = 1; nr < NR_EVENT_PORTS; nr++)
		port_close(d, nr);
	spin_lock(&d->event_lock);
	for (uint32_t i = 0; i < ARRAY_SIZE(d->port_buckets); i++) {
		heap_free(d->port_buckets[i]);
		d->port_buckets[i] = NULL;
	}
	spin_unlock(&d->event_lock);
	return 0;
}

/* Who has tools hears that there is something to do for them. */
static void event_domain_exception(struct domain *d)
{
	if (hardware_domain)
		send_global_virq(hardware_domain, VIRQ_DOM_EXC);
}

UNIT(event, .domain_create = event_domain_create, .domain_relinquish = event_domain_relinquish,
     .domain_exception = event_domain_exception);
