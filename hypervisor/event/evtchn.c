/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what a domain does with its ports.  Every operation is a row
 * of event_ops.def, and works under d->event_lock on ports that it has just
 * looked at.
 *
 * What concerns two domains is in interdomain.c and locks for itself.
 */
#include "event.h"
#include "ports.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "pirq/pirq.h"

struct vcpu *event_vcpu(struct domain *d, uint32_t id)
{
	return TRUST_CHECK(23, 4, id < d->nr_vcpus) ? d->vcpus[id] : NULL;
}

int32_t evtchn_bind_ipi(struct subop_call *c, evtchn_bind_ipi_t *b)
{
	struct domain *d = c->d;
	struct vcpu *v = event_vcpu(d, b->vcpu);
	struct event_port *p;
	int nr;

	if (!v)
		return trace_error(-XEN_ENOENT);
	nr = port_alloc(d, PORT_IPI, &p);
	if (nr < 0)
		return trace_error(nr);
	p->vcpu = v->id;
	b->port = nr;
	return 0;
}

/* BIND_PIRQ__WILL_SHARE needs nothing of us: no line has two domains. */
int32_t evtchn_bind_pirq(struct subop_call *c, evtchn_bind_pirq_t *b)
{
	struct domain *d = c->d;
	struct event_port *p;
	int nr, rc;

	nr = port_alloc(d, PORT_PIRQ, &p);
	if (nr < 0)
		return trace_error(nr);
	p->pirq = b->pirq;
	rc = pirq_bind(d, b->pirq, nr);
	if (rc) {
		port_free(d, nr);
		return trace_error(rc);
	}
	b->port = nr;
	return 0;
}

int32_t evtchn_status(struct subop_call *c, evtchn_status_t *s)
{
	const struct domain *d = c->d;
	const struct event_port *p;

	/* Port 0 and free ones are closed; only numbers that never were ports are wrong. */
	if (!port_exists(d, s->port))
		return trace_error(-XEN_EINVAL);
	p = port_in_use(d, s->port);
	s->vcpu = p ? p->vcpu : 0;
	switch (p ? p->state : PORT_FREE) {
	case PORT_UNBOUND:
		s->status = EVTCHNSTAT_unbound;
		s->u.unbound.dom = p->remote_domid;
		break;
	case PORT_INTERDOMAIN:
	case PORT_HYPERVISOR:
		s->status = EVTCHNSTAT_interdomain;
		s->u.interdomain.dom = p->remote_domid;
		s->u.interdomain.port = p->remote_port; /* 0: ours has no number */
		break;
	case PORT_PIRQ:
		s->status = EVTCHNSTAT_pirq;
		s->u.pirq = p->pirq;
		break;
	case PORT_VIRQ:
		s->status = EVTCHNSTAT_virq;
		s->u.virq = p->virq;
		break;
	case PORT_IPI:
		s->status = EVTCHNSTAT_ipi;
		break;
	default:
		s->status = EVTCHNSTAT_closed;
		break;
	}
	return 0;
}

int32_t evtchn_bind_vcpu(struct subop_call *c, evtchn_bind_vcpu_t *b)
{
	struct domain *d = c->d;
	struct vcpu *v = event_vcpu(d, b->vcpu);
	struct event_port *p = port_in_use(d, b->port);

	if (!v)
		return trace_error(-XEN_ENOENT);
	if (!p)
		return trace_error(-XEN_EINVAL);
	switch (p->state) {
	case PORT_VIRQ:
		if (!TRUST_CHECK(23, 118, virq_is_global(p->virq)))
			return trace_error(-XEN_EINVAL);
		break;
	case PORT_UNBOUND:
	case PORT_INTERDOMAIN:
	case PORT_HYPERVISOR:
	case PORT_PIRQ:
		break;
	default:
		return trace_error(-XEN_EINVAL);
	}
	p->vcpu = v->id;
	return 0;
}

int32_t evtchn_unmask(struct subop_call *c, evtchn_unmask_t *u)
{
	if (!port_exists(c->d, u->port))
		return trace_error(-XEN_EINVAL);
	if (port_in_use(c->d, u->port)) /* a free one's bits are nobody's */
		port_unmask(c->d, u->port);
	return 0;
}

#define CLOSED_BETWEEN_CHECKS 32

/* Ports that are closed stay so: a call that is preempted begins again and finds fewer. */
int32_t evtchn_reset(struct subop_call *c, evtchn_reset_t *r)
{
	struct domain *d = c->d;

	/* Another's channels do not go while it runs. */
	if (d != current->domain && !d->tool_pauses)
		return trace_error(-XEN_EINVAL);
	for (uint32_t nr = 1, closed = 0; nr < d->events.nr_ports; nr++) {
		if (nr % PORTS_A_BREATH == 0)
			breathe();
		if (!port_in_use(d, nr) || port_close(d, nr))
			continue;
		if (++closed % CLOSED_BETWEEN_CHECKS == 0 && preempt_needed())
			return -XEN_ERESTART;
	}
	spin_lock(&d->events.lock);
	TRUST_EFFECT(23, 113, fifo_end(d));
	spin_unlock(&d->events.lock);
	return 0;
}

/* The hot one, kept apart from the copying in and out of the others. */
static inline __attribute__((always_inline)) int32_t send(struct domain *d, uint32_t nr)
{
	struct event_port *p;

	spin_lock(&d->events.lock);
	p = port_in_use(d, nr);
	if (likely(p && p->state == PORT_IPI)) {
		port_raise(d, nr, p);
		spin_unlock(&d->events.lock);
		return 0;
	}
	spin_unlock(&d->events.lock);
	return send_other(d, nr); /* which looks anew */
}

int32_t evtchn_send(struct subop_call *c, evtchn_send_t *s)
{
	return send(c->d, s->port);
}

int32_t evtchn_close(struct subop_call *c, evtchn_close_t *a)
{
	return port_close(c->d, a->port) ? trace_error(-XEN_EINVAL) : 0;
}

/* ---- the table ---- */

enum lock { UNLOCKED, LOCKED };

/* Those that say whose ports they are about. */
static bool names_domain(uint32_t cmd)
{
	return cmd == EVTCHNOP_status || cmd == EVTCHNOP_reset;
}

static int32_t enter(struct subop_call *c, void *argument)
{
	int32_t rc;

	if (names_domain(c->cmd)) {
		rc = domain_named(c->d, *(const domid_t *)argument, &c->d);
		if (rc)
			return trace_error(rc);
	}
	if (c->op->form == LOCKED)
		spin_lock(&c->d->events.lock);
	return 0;
}

static void leave(struct subop_call *c)
{
	if (c->op->form == LOCKED)
		spin_unlock(&c->d->events.lock);
	if (names_domain(c->cmd))
		domain_put(c->d);
}

_Static_assert(offsetof(evtchn_status_t, dom) == 0 && offsetof(evtchn_reset_t, dom) == 0,
	       "the domain comes first");

static const struct subop ops[] = {
#define OP(name, argument, way, privilege, lock, summary) \
	SUBOP_FORM(EVTCHNOP_##name, evtchn_##name, argument, way, privilege, lock),
#include "event/event_ops.def"
#undef OP
};

static const struct subop_table table = {
	.ops = ops,
	.nr_ops = ARRAY_SIZE(ops),
	.call = __HYPERVISOR_event_channel_op,
	.enter = enter,
	.leave = leave,
};

static __attribute__((noinline)) int32_t other_op(uint32_t cmd, gva_t arg)
{
	return subop_run(&table, cmd, arg);
}

/*
 * cmd: EVTCHNOP_*, arg: its argument.  An answer that cannot be written back is
 * -EFAULT, with the operation done: the guest asked for it with a bad pointer.
 */
int32_t do_event_channel_op(uint32_t cmd, gva_t arg)
{
	struct domain *d = current->domain;

	if (likely(cmd == EVTCHNOP_send)) {
		uint32_t port;

		if (!guest_words_ok(d, arg, sizeof(evtchn_send_t)) || !get_guest_word(&port, arg))
			return trace_error(-XEN_EFAULT);
		return send(d, port);
	}
	return other_op(cmd, arg);
}

/* The old form; what came after EVTCHNOP_unmask has none.  op: evtchn_op. */
int32_t do_event_channel_op_compat(gva_t op)
{
	return subop_perform_old_form(&table, op, EVTCHNOP_unmask, offsetof(evtchn_op_t, u));
}
