/* SPDX-License-Identifier: MIT */
/*
 * sched_op: what a VCPU says about its own running, and about its domain's
 * end (the interface's sched.h).  sched_op_compat is the form of Xen 2 and 3.0,
 * with three of the commands and the argument in a register.
 */
#include "internal.h"
#include "sched.h"
#include "call/call.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "mm/mm.h"
#include "time/time.h"

#define OP(name, argument, way, privilege, summary) \
	static int32_t schedop_##name(struct subop_call *c, argument *a);
#include "sched/sched_ops.def"
#undef OP

#define MAX_POLL_PORTS 128 /* bounds the work of one call (TRUST 5) */

/*
 * Events are unmasked and the VCPU sleeps until one is there.  It is marked
 * blocked before the last look, so that whoever sends an event either is seen
 * here or sees a VCPU to wake.
 */
static int32_t block(struct vcpu *v)
{
	v->info->evtchn_upcall_mask = 0;
	barrier();
	if (events_deliverable(v))
		return 0;
	vcpu_block(v);
	/* Asleep first, then the look: who sends looks in the other order and takes no lock. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (events_deliverable(v))
		vcpu_wake(v);
	return 0;
}

void poll_timed_out(void *vcpu)
{
	struct vcpu *v = vcpu;

	if (v->sched.poll)
		vcpu_wake(v);
}

/* 1: a polled port is pending; 0: none is; or an error. */
static int32_t polled_port_pending(struct domain *d, const struct sched_poll *poll)
{
	for (uint32_t i = 0; i < poll->nr_ports; i++) {
		evtchn_port_t port;

		if (copy_from_guest(&port, poll->ports, i))
			return trace_error(-XEN_EFAULT);
		if (!TRUST_CHECK(23, 40, port_can_be_polled(d, port)))
			return trace_error(-XEN_EINVAL);
		if (port_pending(d, port))
			return 1;
	}
	return 0;
}

/*
 * Sleep until one of the ports is pending, masked or not, or until the
 * timeout (absolute ns; 0: none).  Waking without a cause is allowed, so any
 * pending bit that is set wakes all pollers and the guest looks for itself.
 */
static int32_t schedop_poll(struct subop_call *c, struct sched_poll *p)
{
	struct vcpu *v = c->v;
	int32_t found;

	if (!TRUST_CHECK(5, 40, p->nr_ports <= MAX_POLL_PORTS))
		return trace_error(-XEN_EINVAL);
	if (events_deliverable(v))
		return 0;
	found = polled_port_pending(v->domain, p);
	if (found)
		return found < 0 ? found : 0;
	if (p->timeout && (p->timeout >> 63 || p->timeout <= now_ns()))
		return 0;

	v->sched.poll = true;
	vcpu_block(v);
	v->domain->events.may_poll = true;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (events_deliverable(v) || polled_port_pending(v->domain, p))
		vcpu_wake(v);
	else if (p->timeout)
		timer_set(&v->sched.poll_timer, p->timeout);
	return 0;
}

/* Reasons have eight bits: old kernels give the address of a structure and mean to power off. */
#define REASON_BITS 0xffU

static int32_t shut_down(struct domain *d, uint32_t reason)
{
	domain_shutdown(d, reason & REASON_BITS);
	this_cpu()->softirq |= SOFTIRQ_SCHED;
	return 0;
}

static int32_t schedop_shutdown(struct subop_call *c, struct sched_shutdown *s)
{
	return shut_down(c->d, s->reason);
}

/* A domain may not declare this for itself: that is what SCHEDOP_shutdown is for. */
static int32_t schedop_remote_shutdown(struct subop_call *c, struct sched_remote_shutdown *s)
{
	struct domain *other;
	int32_t rc;

	rc = domain_named(c->d, s->domain_id, &other);
	if (rc)
		return trace_error(rc);
	if (TRUST_WHEN(26, 122, other == c->d)) {
		domain_put(other);
		return trace_error(-XEN_EPERM);
	}
	domain_shutdown(other, s->reason & REASON_BITS);
	domain_put(other);
	return 0;
}

static int32_t schedop_shutdown_code(struct subop_call *c, struct sched_shutdown *s)
{
	spin_lock(&c->d->lock);
	if (c->d->shutdown_code == NO_SHUTDOWN_CODE)
		c->d->shutdown_code = s->reason & REASON_BITS;
	spin_unlock(&c->d->lock);
	return 0;
}

static void watchdog_bites(void *domain)
{
	domain_shutdown(domain, SHUTDOWN_watchdog);
	this_cpu()->softirq |= SOFTIRQ_SCHED;
}

/* id 0 sets up a new one and returns its id, counted from 1; timeout 0 ends one. */
static int32_t schedop_watchdog(struct subop_call *c, struct sched_watchdog *w)
{
	struct domain *d = c->d;
	struct timer *t;

	if (!TRUST_CHECK(26, 40, w->id <= ARRAY_SIZE(d->sched.watchdogs)))
		return trace_error(-XEN_EINVAL);
	if (w->id == 0) {
		while (w->id < ARRAY_SIZE(d->sched.watchdogs) && d->sched.watchdogs[w->id].expires)
			w->id++;
		if (w->id == ARRAY_SIZE(d->sched.watchdogs))
			return trace_error(-XEN_ENOSPC);
		t = &d->sched.watchdogs[w->id];
		*t = (struct timer){ .fn = watchdog_bites, .arg = d };
		timer_set(t, now_ns() + SECONDS(w->timeout));
		return w->id + 1;
	}
	t = &d->sched.watchdogs[w->id - 1];
	if (!t->expires)
		return trace_error(-XEN_EINVAL);
	if (w->timeout)
		timer_set(t, now_ns() + SECONDS(w->timeout));
	else
		timer_cancel(t);
	return 0;
}

/* With one processor everybody is pinned to it already. */
static int32_t schedop_pin_override(struct subop_call *c, struct sched_pin_override *p)
{
	return p->pcpu < (int32_t)nr_cpus ? 0 : trace_error(-XEN_EINVAL);
}

static int32_t schedop_yield(struct subop_call *c, struct subop_none *none)
{
	vcpu_yield();
	return 0;
}

static int32_t schedop_block(struct subop_call *c, struct subop_none *none)
{
	return block(c->v);
}

int32_t do_sched_op(uint32_t cmd, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(SCHEDOP_##name, schedop_##name, argument, way, privilege),
#include "sched/sched_ops.def"
#include "trust.h"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_sched_op);

	return subop_run(&table, cmd, arg);
}

/* The old form has three commands, and their argument in a register. */
int32_t do_sched_op_compat(uint32_t cmd, uint32_t arg)
{
	switch (cmd) {
	case SCHEDOP_yield:
		vcpu_yield();
		return 0;
	case SCHEDOP_block:
		return block(current);
	case SCHEDOP_shutdown:
		return shut_down(current->domain, arg);
	default:
		return -XEN_ENOSYS;
	}
}
