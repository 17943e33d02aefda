/* SPDX-License-Identifier: MIT */
/*
 * Virtual interrupts.  A VIRQ is per VCPU (timer, debug, profiling) or global
 * to a domain (console, ...); the list in xen.h says which.  A global one is
 * bound on VCPU 0 and may be moved with bind_vcpu afterwards.
 */
#include "event.h"
#include "ports.h"
#include "call/call.h"
#include "domain/domain.h"

bool virq_is_global(uint32_t virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default: /* on this architecture its own ones, too */
		return true;
	}
}

/* EVTCHNOP_bind_virq; event_lock held. */
int32_t evtchn_bind_virq(struct subop_call *c, evtchn_bind_virq_t *b)
{
	struct domain *d = c->d;
	struct vcpu *v = event_vcpu(d, b->vcpu);
	struct event_port *p;
	int nr;

	if (!TRUST_CHECK(23, 3, b->virq < NR_VIRQS) || (virq_is_global(b->virq) && b->vcpu != 0))
		return trace_error(-XEN_EINVAL);
	if (!v)
		return trace_error(-XEN_ENOENT);
	if (TRUST_WHEN(23, 119, v->events.virq_port[b->virq]))
		return trace_error(-XEN_EEXIST);
	nr = port_alloc(d, PORT_VIRQ, &p);
	if (nr < 0)
		return trace_error(nr);
	p->virq = b->virq;
	p->vcpu = v->id;
	v->events.virq_port[b->virq] = nr;
	b->port = nr;
	return 0;
}

void send_virq(struct vcpu *v, uint32_t virq)
{
	struct domain *d = v->domain;
	struct event_port *p;
	uint32_t nr;

	spin_lock(&d->events.lock);
	nr = v->events.virq_port[virq];
	p = nr ? port_in_use(d, nr) : NULL;
	if (p)
		port_raise(d, nr, p);
	spin_unlock(&d->events.lock);
}

/* Bound on VCPU 0; the port itself says whom it notifies by now. */
void send_global_virq(struct domain *d, uint32_t virq)
{
	if (d->vcpus[0])
		send_virq(d->vcpus[0], virq);
}
