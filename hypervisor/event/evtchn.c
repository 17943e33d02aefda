/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what a domain does with its ports.  Every operation copies
 * its argument, works under d->event_lock on ports that it has just looked at,
 * and copies the answer back.
 *
 * One domain runs so far, so every channel is within it ("loopback") or ends
 * in the hypervisor.  With several, two locks are taken: lower id first.
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

struct domain *event_domain(uint32_t domid)
{
	struct domain *d = current->domain;

	return domid == DOMID_SELF || domid == d->id ? d : NULL;
}

/* Only a privileged domain may name another one; and so far there is no other. */
static int32_t may_name(const struct domain *d, uint32_t domid)
{
	if (event_domain(domid))
		return 0;
	return trace_error(TRUST_CHECK(25, 4, d->privileged) ? -XEN_ESRCH : -XEN_EPERM);
}

static int32_t alloc_unbound(struct domain *d, evtchn_alloc_unbound_t *a)
{
	struct event_port *p;
	int nr;

	if (!TRUST_CHECK(25, 3, a->dom == DOMID_SELF || d->privileged))
		return trace_error(-XEN_EPERM);
	if (!event_domain(a->dom))
		return trace_error(-XEN_ESRCH);
	nr = port_alloc(d, PORT_UNBOUND, &p);
	if (nr < 0)
		return trace_error(nr);
	p->remote_domid = a->remote_dom == DOMID_SELF ? d->id : a->remote_dom;
	a->port = nr;
	return 0;
}

static int32_t bind_interdomain(struct domain *d, evtchn_bind_interdomain_t *b)
{
	struct domain *rd = event_domain(b->remote_dom);
	struct event_port *local, *remote;
	int nr;

	if (!rd)
		return trace_error(-XEN_ESRCH);
	remote = port_in_use(rd, b->remote_port);
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
	port_raise(d, nr, local);
	b->local_port = nr;
	return 0;
}

static int32_t bind_ipi(struct domain *d, evtchn_bind_ipi_t *b)
{
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
static int32_t bind_pirq(struct domain *d, evtchn_bind_pirq_t *b)
{
	struct event_port *p;
	int nr, rc;

	nr = port_alloc(d, PORT_PIRQ, &p);
	if (nr < 0)
		return trace_error(nr);
	p->pirq = b->pirq;
	rc = pirq_bind(d, b->pirq, nr);
	if (rc) {
		*p = (struct event_port){ .state = PORT_FREE };
		return trace_error(rc);
	}
	b->port = nr;
	return 0;
}

static int32_t status(struct domain *d, evtchn_status_t *s)
{
	const struct event_port *p;

	/* Port 0 and free ones are closed; only numbers beyond the table are wrong. */
	if (s->port >= NR_EVENT_PORTS)
		return trace_error(-XEN_EINVAL);
	p = port_in_use(d, s->port);
	s->vcpu = p ? p->vcpu : 0;
	switch (p ? p->state : PORT_FREE) {
	case PORT_UNBOUND:
		s->status = EVTCHNSTAT_unbound;
		s->u.unbound.dom = p->remote_domid;
		break;
	case PORT_INTERDOMAIN:
		s->status = EVTCHNSTAT_interdomain;
		s->u.interdomain.dom = p->remote_domid;
		s->u.interdomain.port = p->remote_port;
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

static int32_t bind_vcpu(struct domain *d, const evtchn_bind_vcpu_t *b)
{
	struct vcpu *v = event_vcpu(d, b->vcpu);
	struct event_port *p = port_in_use(d, b->port);

	if (!v)
		return trace_error(-XEN_ENOENT);
	if (!p)
		return trace_error(-XEN_EINVAL);
	switch (p->state) {
	case PORT_VIRQ:
		if (!virq_is_global(p->virq))
			return trace_error(-XEN_EINVAL);
		break;
	case PORT_UNBOUND:
	case PORT_INTERDOMAIN:
	case PORT_PIRQ:
		break;
	default:
		return trace_error(-XEN_EINVAL);
	}
	p->vcpu = v->id;
	return 0;
}

static int32_t unmask(struct domain *d, const evtchn_unmask_t *u)
{
	if (!port_in_use(d, u->port))
		return trace_error(-XEN_EINVAL);
	port_unmask(d, u->port);
	return 0;
}

static int32_t reset(struct domain *d)
{
	for (uint32_t nr = 1; nr < NR_EVENT_PORTS; nr++)
		if (port_in_use(d, nr))
			port_close(d, nr);
	return 0;
}

/* Both ends of a loopback channel are ports of the caller. */
static __attribute__((noinline)) int32_t send_other(struct domain *d, uint32_t nr)
{
	const struct hv_end *ours = NULL;
	struct event_port *p;
	int32_t rc = 0;

	spin_lock(&d->event_lock);
	p = port_in_use(d, nr);
	switch (p ? p->state : PORT_FREE) {
	case PORT_INTERDOMAIN:
		if (p->hv_end) {
			ours = p->hv_end;
		} else {
			const struct event_port *other = port_in_use(p->remote, p->remote_port);

			if (other)
				port_raise(p->remote, p->remote_port, other);
		}
		break;
	case PORT_UNBOUND: /* nobody there yet: not an error, bind_interdomain makes up for it */
		break;
	default:
		rc = -XEN_EINVAL;
	}
	spin_unlock(&d->event_lock);
	if (ours) /* it may raise the port in turn, so after the lock */
		ours->kicked(d);
	return rc ? trace_error(rc) : 0;
}

/* The hot one, kept apart from the copying in and out of the others. */
static inline int32_t send(struct domain *d, uint32_t nr)
{
	struct event_port *p;

	spin_lock(&d->event_lock);
	p = port_in_use(d, nr);
	if (likely(p && p->state == PORT_IPI)) {
		port_raise(d, nr, p);
		spin_unlock(&d->event_lock);
		return 0;
	}
	spin_unlock(&d->event_lock);
	return send_other(d, nr); /* which looks anew */
}

/* Bytes of argument that an operation reads and writes; 0: not implemented. */
static uint32_t argument_size(uint32_t cmd)
{
	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
		return sizeof(evtchn_bind_interdomain_t);
	case EVTCHNOP_bind_virq:
		return sizeof(evtchn_bind_virq_t);
	case EVTCHNOP_bind_pirq:
		return sizeof(evtchn_bind_pirq_t);
	case EVTCHNOP_close:
		return sizeof(evtchn_close_t);
	case EVTCHNOP_status:
		return sizeof(evtchn_status_t);
	case EVTCHNOP_alloc_unbound:
		return sizeof(evtchn_alloc_unbound_t);
	case EVTCHNOP_bind_ipi:
		return sizeof(evtchn_bind_ipi_t);
	case EVTCHNOP_bind_vcpu:
		return sizeof(evtchn_bind_vcpu_t);
	case EVTCHNOP_unmask:
		return sizeof(evtchn_unmask_t);
	case EVTCHNOP_reset:
		return sizeof(evtchn_reset_t);
	default:
		return 0;
	}
}

union argument {
	evtchn_bind_interdomain_t bind_interdomain;
	evtchn_bind_virq_t bind_virq;
	evtchn_close_t close;
	evtchn_status_t status;
	evtchn_alloc_unbound_t alloc_unbound;
	evtchn_bind_ipi_t bind_ipi;
	evtchn_bind_vcpu_t bind_vcpu;
	evtchn_unmask_t unmask;
	evtchn_reset_t reset;
	evtchn_bind_pirq_t bind_pirq;
};

/* One operation on the copied argument, event_lock held. */
static int32_t perform(struct domain *d, uint32_t cmd, union argument *a)
{
	int32_t rc;

	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
		return bind_interdomain(d, &a->bind_interdomain);
	case EVTCHNOP_bind_virq:
		return bind_virq(d, &a->bind_virq);
	case EVTCHNOP_bind_pirq:
		return bind_pirq(d, &a->bind_pirq);
	case EVTCHNOP_close:
		return port_close(d, a->close.port) ? trace_error(-XEN_EINVAL) : 0;
	case EVTCHNOP_status:
		rc = may_name(d, a->status.dom);
		return rc ? rc : status(d, &a->status);
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(d, &a->alloc_unbound);
	case EVTCHNOP_bind_ipi:
		return bind_ipi(d, &a->bind_ipi);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(d, &a->bind_vcpu);
	case EVTCHNOP_unmask:
		return unmask(d, &a->unmask);
	case EVTCHNOP_reset:
		rc = may_name(d, a->reset.dom);
		return rc ? rc : reset(d);
	default:
		return -XEN_ENOSYS;
	}
}

static bool answers(uint32_t cmd)
{
	return cmd == EVTCHNOP_bind_interdomain || cmd == EVTCHNOP_bind_virq ||
	       cmd == EVTCHNOP_status || cmd == EVTCHNOP_alloc_unbound ||
	       cmd == EVTCHNOP_bind_ipi || cmd == EVTCHNOP_bind_pirq;
}

static __attribute__((noinline)) int32_t other_op(struct domain *d, uint32_t cmd, uint32_t to)
{
	uint32_t size = argument_size(cmd);
	union argument arg;
	int32_t rc;

	if (!size) /* the FIFO interface among others: the guest falls back to 2-level */
		return -XEN_ENOSYS;
	if (!subop_permitted(__HYPERVISOR_event_channel_op, cmd))
		return trace_error(-XEN_EPERM);
	if (copy_from_guest_raw(&arg, GVA(to), size))
		return trace_error(-XEN_EFAULT);

	spin_lock(&d->event_lock);
	rc = perform(d, cmd, &arg);
	spin_unlock(&d->event_lock);

	if (!rc && answers(cmd) && copy_to_guest_raw(GVA(to), &arg, size))
		return trace_error(-XEN_EFAULT);
	return rc;
}

/*
 * a1: EVTCHNOP_*, a2: its argument.  An answer that cannot be written back is
 * -EFAULT, with the operation done: the guest asked for it with a bad pointer.
 */
int32_t do_event_channel_op(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
			    uint32_t a6)
{
	struct domain *d = current->domain;

	if (likely(a1 == EVTCHNOP_send)) {
		uint32_t port;

		if (!guest_words_ok(d, a2, sizeof(evtchn_send_t)) || !get_guest_word(&port, a2))
			return trace_error(-XEN_EFAULT);
		return send(d, port);
	}
	return other_op(d, a1, a2);
}

/* The old form: command and argument in one structure.  a1: evtchn_op. */
int32_t do_event_channel_op_compat(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5,
				   uint32_t a6)
{
	uint32_t cmd;

	if (copy_from_guest_raw(&cmd, GVA(a1), sizeof(cmd)))
		return trace_error(-XEN_EFAULT);
	if (cmd > EVTCHNOP_unmask) /* what came later has no old form */
		return trace_error(-XEN_ENOSYS);
	return do_event_channel_op(cmd, a1 + offsetof(evtchn_op_t, u), 0, 0, 0, 0);
}
