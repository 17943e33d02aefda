/* SPDX-License-Identifier: MIT */
/* For an audit of everything: does each port agree with what is at its other end? */
#include "ports.h"
#include "pirq/pirq.h"
#include "say/say.h"

static bool is_known(const struct domain *d)
{
	const struct domain *at = domains;

	while (at && at != d)
		at = at->next;
	return at;
}

static bool ends_meet(const struct domain *d, uint32_t nr, const struct event_port *p)
{
	const struct event_port *other;

	if (!is_known(p->remote) || p->remote->is_dead || p->remote->id != p->remote_domid)
		return false;
	other = port_in_use(p->remote, p->remote_port);
	return other && other->state == PORT_INTERDOMAIN && other->remote == d &&
	       other->remote_port == nr;
}

static bool virq_knows(const struct domain *d, uint32_t nr, const struct event_port *p)
{
	bool found = false;

	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		found |= d->vcpus[i]->events.virq_port[p->virq] == nr;
	return found;
}

static bool port_agrees(const struct domain *d, uint32_t nr, const struct event_port *p)
{
	if (p->vcpu >= d->nr_vcpus)
		return false;
	switch (p->state) {
	case PORT_INTERDOMAIN:
		return ends_meet(d, nr, p);
	case PORT_VIRQ:
		return virq_knows(d, nr, p);
	case PORT_PIRQ:
		return pirq_has_port(d, p->pirq, nr);
	default:
		return true;
	}
}

/* And back: what a VCPU is to be told by is a port that says so. */
static bool virqs_agree(const struct domain *d, const struct vcpu *v)
{
	for (uint32_t virq = 0; virq < NR_VIRQS; virq++) {
		uint32_t nr = v->events.virq_port[virq];
		const struct event_port *p = nr ? port_in_use(d, nr) : NULL;

		if (nr && (!p || p->state != PORT_VIRQ || p->virq != virq))
			return false;
	}
	return true;
}

static uint32_t complain(const struct domain *d, const char *what, uint32_t nr)
{
	printk(LOG_ERR, "audit: %s %u of domain %u does not agree with its other end\n", what, nr,
	       d->id);
	return 1;
}

uint32_t ports_audit(void)
{
	uint32_t bad = 0;

	for (const struct domain *d = domains; d; d = d->next) {
		for (uint32_t nr = 1; nr < d->events.nr_ports; nr++) {
			const struct event_port *p = port_in_use(d, nr);

			if (p && !port_agrees(d, nr, p))
				bad += complain(d, "port", nr);
			if (nr % PORTS_A_BREATH == 0)
				breathe();
		}
		for (uint32_t i = 0; i < d->nr_vcpus; i++)
			if (!virqs_agree(d, d->vcpus[i]))
				bad += complain(d, "a VIRQ of VCPU", i);
		breathe();
	}
	return bad;
}
