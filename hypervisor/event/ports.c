/* SPDX-License-Identifier: MIT */
/*
 * The port table.  A bucket of 64 ports is allocated when the first of them
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

#define BUCKETS_A_BREATH 16

/* Where its word was linked last outlives the port: the guest may not have taken it yet. */
static void port_reset(struct event_port *p, enum port_state state)
{
	*p = (struct event_port){
		.state = state,
		.priority = EVTCHN_FIFO_PRIORITY_DEFAULT,
		.last_priority = p->last_priority,
		.last_vcpu = p->last_vcpu,
	};
}

int port_alloc(struct domain *d, enum port_state state, struct event_port **port)
{
	if (d->dying || !TRUST_CHECK(23, 41, d->vcpus[0])) /* whom would it notify? */
		return -XEN_EINVAL;
	for (uint32_t nr = 1; nr < d->events.nr_ports; nr++) {
		struct event_port **bucket = &d->events.port_buckets[nr / PORTS_PER_BUCKET];
		struct event_port *p;

		if (nr % PORTS_A_BREATH == 0)
			breathe();
		if (!*bucket)
			*bucket = heap_alloc_for(d, PORTS_PER_BUCKET * sizeof(**bucket));
		if (!*bucket)
			return -XEN_ENOMEM;
		p = &(*bucket)[nr % PORTS_PER_BUCKET];
		if (p->state != PORT_FREE)
			continue;
		port_reset(p, state);
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
	port_reset(p, PORT_FREE);
	if (d->events.fifo)
		fifo_clear(d, nr);
	else
		TRUST_EFFECT(23, 100, clear_bit(nr, d->shared->evtchn_pending));
}

static void forget_virq(struct domain *d, uint32_t nr, uint32_t virq)
{
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i] && d->vcpus[i]->events.virq_port[virq] == nr)
			TRUST_EFFECT(23, 101, d->vcpus[i]->events.virq_port[virq] = 0);
}

/* It waits for a new partner, which must be `from` again. */
static void port_unbind(struct event_port *p, uint16_t from)
{
	p->state = PORT_UNBOUND;
	p->remote = NULL;
	p->remote_port = 0;
	p->remote_domid = from;
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
	case PORT_HYPERVISOR:
		p->hv_end->closed(d);
		break;
	case PORT_INTERDOMAIN:
		/* The other end waits for a new partner, which must be us again. */
		other = port_in_use(rd, p->remote_port);
		if (other)
			TRUST_EFFECT(23, 112, port_unbind(other, d->id));
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
	struct event_port *p = port_in_use(d, nr);
	struct vcpu *v = d->vcpus[p->vcpu];
	struct shared_info *s = d->shared;

	if (d->events.fifo)
		fifo_unmask(d, nr, p);
	else if (event_unmask(nr, (uint32_t *)s->evtchn_pending, (uint32_t *)s->evtchn_mask,
			      (uint32_t *)&v->info->evtchn_pending_sel))
		vcpu_mark_events(v);
}

bool port_can_be_polled(const struct domain *d, uint32_t nr)
{
	const struct event_port *p = port_in_use(d, nr);

	return p && p->state != PORT_RESERVED;
}

bool port_pending(const struct domain *d, uint32_t nr)
{
	return d->events.fifo ? fifo_pending(d, nr) : test_bit(nr, d->shared->evtchn_pending);
}

bool port_masked(const struct domain *d, uint32_t nr)
{
	return d->events.fifo ? fifo_masked(d, nr) : test_bit(nr, d->shared->evtchn_mask);
}

void wake_pollers(struct domain *d)
{
	d->events.may_poll = false;
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i] && d->vcpus[i]->sched.poll)
			vcpu_wake(d->vcpus[i]);
}

void port_set_pending(struct domain *d, uint32_t nr)
{
	struct event_port *p;

	spin_lock(&d->events.lock);
	p = port_in_use(d, nr);
	if (p)
		port_raise(d, nr, p);
	spin_unlock(&d->events.lock);
}

int event_alloc_hv_port(struct domain *d, uint16_t remote_domid, const struct hv_end *end)
{
	struct event_port *p;
	int nr;

	spin_lock(&d->events.lock);
	nr = port_alloc(d, PORT_HYPERVISOR, &p);
	if (nr > 0) {
		p->hv_end = end;
		p->remote_domid = remote_domid;
	}
	spin_unlock(&d->events.lock);
	return nr;
}

void event_limit_ports(struct domain *d, uint32_t highest)
{
	d->events.max_ports = MIN(highest, MAX_EVENT_PORTS - 1U) + 1;
	d->events.nr_ports = MIN(d->events.nr_ports, d->events.max_ports);
}

static int event_domain_create(struct domain *d)
{
	d->events.nr_ports = NR_EVENT_PORTS;
	d->events.max_ports = MAX_EVENT_PORTS;
	for (uint32_t i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	return 0;
}

#define CLOSED_BETWEEN_CHECKS 64

/*
 * TRUST 23: a table that is freed is also forgotten, so a late event finds no port.
 * Who dies gets no new port, and one below next_to_close is nobody's other end.
 */
static int event_domain_relinquish(struct domain *d)
{
	uint32_t *nr = &d->events.next_to_close, closed = 0;

	while (*nr < d->events.nr_ports) {
		if (port_in_use(d, *nr) && !port_close(d, *nr))
			closed++;
		if (++*nr % PORTS_A_BREATH == 0)
			breathe();
		if (closed == CLOSED_BETWEEN_CHECKS) {
			closed = 0;
			if (TRUST_WHEN(5, 111, preempt_needed()))
				return -XEN_ERESTART;
		}
	}
	spin_lock(&d->events.lock);
	fifo_end(d);
	for (uint32_t i = 0; i < ARRAY_SIZE(d->events.port_buckets); i++) {
		if (i % BUCKETS_A_BREATH == 0)
			breathe();
		heap_free_of(d, d->events.port_buckets[i]);
		d->events.port_buckets[i] = NULL;
	}
	spin_unlock(&d->events.lock);
	return 0;
}

/* Who has tools hears that there is something to do for them. */
static void event_domain_exception(struct domain *d)
{
	if (hardware_domain)
		send_global_virq(hardware_domain, VIRQ_DOM_EXC);
}

UNIT(event, .domain_create = event_domain_create, .domain_relinquish = event_domain_relinquish,
     .domain_exception = event_domain_exception, .frames_held = fifo_frames_held,
     .audit = ports_audit);
