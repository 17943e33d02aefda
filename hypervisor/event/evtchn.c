/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what a domain does with its ports.  Every operation copies
 * its argument, works under d->event_lock on ports that it has just looked at,
 * and copies the answer back.
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
		port_free(d, nr);
		return trace_error(rc);
	}
	b->port = nr;
	return 0;
}

static int32_t status(struct domain *d, evtchn_status_t *s)
{
	const struct event_port *p;

	/* Port 0 and free ones are closed; only numbers beyond the table are wrong. */
	if (s->port >= d->events.nr_ports)
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

#define CLOSED_BETWEEN_CHECKS 32

/* Ports that are closed stay so: a call that is preempted begins again and finds fewer. */
static int32_t reset(struct domain *d, bool *again)
{
	for (uint32_t nr = 1, closed = 0; nr < d->events.nr_ports; nr++) {
		if (port_close(d, nr))
			continue;
		if (++closed % CLOSED_BETWEEN_CHECKS == 0 && preempt_needed()) {
			*again = true;
			return 0;
		}
	}
	spin_lock(&d->events.lock);
	fifo_end(d);
	spin_unlock(&d->events.lock);
	return 0;
}

/* The hot one, kept apart from the copying in and out of the others. */
static inline int32_t send(struct domain *d, uint32_t nr)
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
	case EVTCHNOP_init_control:
		return sizeof(evtchn_init_control_t);
	case EVTCHNOP_expand_array:
		return sizeof(evtchn_expand_array_t);
	case EVTCHNOP_set_priority:
		return sizeof(evtchn_set_priority_t);
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
	evtchn_init_control_t init_control;
	evtchn_expand_array_t expand_array;
	evtchn_set_priority_t set_priority;
};

/* Those about one domain's own ports, its event_lock held. */
static int32_t perform_own(struct domain *d, uint32_t cmd, union argument *a)
{
	switch (cmd) {
	case EVTCHNOP_bind_virq:
		return bind_virq(d, &a->bind_virq);
	case EVTCHNOP_bind_pirq:
		return bind_pirq(d, &a->bind_pirq);
	case EVTCHNOP_status:
		return status(d, &a->status);
	case EVTCHNOP_bind_ipi:
		return bind_ipi(d, &a->bind_ipi);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(d, &a->bind_vcpu);
	case EVTCHNOP_unmask:
		return unmask(d, &a->unmask);
	case EVTCHNOP_init_control:
		return fifo_init_control(d, &a->init_control);
	case EVTCHNOP_expand_array:
		return fifo_expand_array(d, &a->expand_array);
	case EVTCHNOP_set_priority:
		return fifo_set_priority(d, &a->set_priority);
	default:
		return -XEN_ENOSYS;
	}
}

/* Whose ports the argument is about; with a reference. */
static int32_t subject(struct domain *d, uint32_t cmd, const union argument *a, struct domain **of)
{
	uint32_t id = cmd == EVTCHNOP_status  ? a->status.dom
		      : cmd == EVTCHNOP_reset ? a->reset.dom
					      : DOMID_SELF;

	return domain_named(d, id, of);
}

/* One operation on the copied argument; again: the call has to run once more. */
static int32_t perform(struct domain *d, uint32_t cmd, union argument *a, bool *again)
{
	struct domain *of;
	int32_t rc;

	switch (cmd) {
	case EVTCHNOP_bind_interdomain:
		return bind_interdomain(d, &a->bind_interdomain);
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(d, &a->alloc_unbound);
	case EVTCHNOP_close:
		return port_close(d, a->close.port) ? trace_error(-XEN_EINVAL) : 0;
	}
	rc = subject(d, cmd, a, &of);
	if (rc)
		return trace_error(rc);
	if (cmd == EVTCHNOP_reset) {
		rc = reset(of, again);
	} else {
		spin_lock(&of->events.lock);
		rc = perform_own(of, cmd, a);
		spin_unlock(&of->events.lock);
	}
	domain_put(of);
	return rc;
}

static bool answers(uint32_t cmd)
{
	return cmd == EVTCHNOP_bind_interdomain || cmd == EVTCHNOP_bind_virq ||
	       cmd == EVTCHNOP_status || cmd == EVTCHNOP_alloc_unbound ||
	       cmd == EVTCHNOP_bind_ipi || cmd == EVTCHNOP_bind_pirq ||
	       cmd == EVTCHNOP_init_control;
}

static __attribute__((noinline)) int32_t other_op(struct domain *d, uint32_t cmd, uint32_t to)
{
	uint32_t size = argument_size(cmd);
	union argument arg;
	bool again = false;
	int32_t rc;

	if (!size)
		return -XEN_ENOSYS;
	if (!subop_permitted(__HYPERVISOR_event_channel_op, cmd))
		return trace_error(-XEN_EPERM);
	if (copy_from_guest_raw(&arg, GVA(to), size))
		return trace_error(-XEN_EFAULT);

	rc = perform(d, cmd, &arg, &again);
	if (again)
		return hypercall_continue(__HYPERVISOR_event_channel_op, 0, 0, 0, 0, 0);
	if (!rc && answers(cmd) && copy_to_guest_raw(GVA(to), &arg, size))
		return trace_error(-XEN_EFAULT);
	return rc;
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
	return other_op(d, cmd, arg.a);
}

/* The old form: command and argument in one structure.  op: evtchn_op. */
int32_t do_event_channel_op_compat(gva_t op)
{
	uint32_t cmd;

	if (copy_from_guest_raw(&cmd, op, sizeof(cmd)))
		return trace_error(-XEN_EFAULT);
	if (cmd > EVTCHNOP_unmask) /* what came later has no old form */
		return trace_error(-XEN_ENOSYS);
	return do_event_channel_op(cmd, gva_add(op, offsetof(evtchn_op_t, u)));
}
