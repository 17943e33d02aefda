/* SPDX-License-Identifier: MIT */
/* vcpu_op: virtual CPUs brought up and down, their areas and timers (the interface's vcpu.h). */
#include "internal.h"
#include "sched.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"

#define OP(name, argument, way, privilege, summary) \
	static int32_t vcpuop_##name(struct subop_call *c, argument *a);
#include "sched/vcpu_ops.def"
#undef OP

#define SHORTEST_PERIOD_NS MS(1)
#define LONGEST_PERIOD_NS  SECONDS(10ULL * 365 * 24 * 3600) /* sums stay far from 2^64 */

/*
 * The context is 2.8 KB: too much for a stack of two pages.  It is copied to
 * the heap and only that copy is looked at.
 */
static int32_t vcpuop_initialise(struct subop_call *call, struct subop_none *none)
{
	struct vcpu_guest_context *c;
	struct vcpu *v = call->v;
	int32_t rc;

	c = heap_alloc(sizeof(*c));
	if (!c)
		return trace_error(-XEN_ENOMEM);
	if (copy_from_guest_raw(c, call->at, sizeof(*c)))
		rc = trace_error(-XEN_EFAULT);
	else if (v->sched.initialised)
		rc = trace_error(-XEN_EEXIST);
	else
		rc = vcpu_initialise(v, c);
	if (!rc && c->flags & VGCF_online)
		vcpu_online(v);
	heap_free(c);
	return rc;
}

static int32_t vcpuop_up(struct subop_call *c, struct subop_none *none)
{
	if (!c->v->sched.initialised)
		return trace_error(-XEN_EINVAL);
	vcpu_online(c->v);
	return 0;
}

/* A domain whose last VCPU goes down has nobody left to wake it: that is its power-off. */
static int32_t vcpuop_down(struct subop_call *c, struct subop_none *none)
{
	struct domain *d = c->d;
	struct vcpu *v = c->v;
	bool another = false;

	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpus[i] && d->vcpus[i] != v && d->vcpus[i]->sched.online)
			another = true;
	if (!v->sched.online)
		return 0;
	if (another)
		vcpu_offline(v);
	else
		domain_shutdown(d, SHUTDOWN_poweroff);
	this_cpu()->softirq |= SOFTIRQ_SCHED;
	return 0;
}

static int32_t vcpuop_is_up(struct subop_call *c, struct subop_none *none)
{
	return c->v->sched.online;
}

static int32_t vcpuop_get_runstate_info(struct subop_call *c, struct vcpu_runstate_info *info)
{
	runstate_read(c->v, info);
	return 0;
}

/*
 * Both areas are registered by address; 0 ends it.  The range is looked at
 * now, so that a mistake is told to whoever makes it, and again at each write.
 */
static int32_t check_area(gva_t area, uint32_t size)
{
	if (area.a && !TRUST_CHECK(8, 41, guest_range_ok(area, size)))
		return trace_error(-XEN_EFAULT);
	return 0;
}

static int32_t vcpuop_register_runstate_memory_area(struct subop_call *c,
						    struct vcpu_register_runstate_memory_area *a)
{
	gva_t area = GVA((uint32_t)(uintptr_t)a->addr.v);
	int32_t rc = check_area(area, sizeof(struct vcpu_runstate_info));

	if (rc)
		return rc;
	c->v->sched.runstate_area = area;
	runstate_publish(c->v);
	return 0;
}

static int32_t vcpuop_register_vcpu_time_memory_area(struct subop_call *c,
						     struct vcpu_register_time_memory_area *a)
{
	gva_t area = GVA((uint32_t)(uintptr_t)a->addr.v);
	int32_t rc = check_area(area, sizeof(struct vcpu_time_info));

	if (rc)
		return rc;
	c->v->time.time_area = area;
	update_vcpu_time(c->v);
	return 0;
}

static int32_t vcpuop_register_vcpu_info(struct subop_call *c, struct vcpu_register_vcpu_info *a)
{
	return vcpu_info_register(c->v, a->mfn, a->offset);
}

static int32_t vcpuop_set_periodic_timer(struct subop_call *c, struct vcpu_set_periodic_timer *t)
{
	/* Shorter ones would let a guest keep the hypervisor busy with its timer alone. */
	if (!TRUST_CHECK(26, 41, t->period_ns >= SHORTEST_PERIOD_NS) ||
	    t->period_ns > LONGEST_PERIOD_NS)
		return trace_error(-XEN_EINVAL);
	vcpu_set_periodic(c->v, t->period_ns);
	return 0;
}

static int32_t vcpuop_stop_periodic_timer(struct subop_call *c, struct subop_none *none)
{
	vcpu_set_periodic(c->v, 0);
	return 0;
}

static int32_t vcpuop_set_singleshot_timer(struct subop_call *c,
					   struct vcpu_set_singleshot_timer *t)
{
	if (c->v != current)
		return trace_error(-XEN_EINVAL);
	if ((t->flags & VCPU_SSHOTTMR_future) && t->timeout_abs_ns < now_ns())
		return -XEN_ETIME;
	vcpu_set_singleshot(c->v, t->timeout_abs_ns ? t->timeout_abs_ns : 1);
	return 0;
}

static int32_t vcpuop_stop_singleshot_timer(struct subop_call *c, struct subop_none *none)
{
	if (c->v != current)
		return trace_error(-XEN_EINVAL);
	vcpu_set_singleshot(c->v, 0);
	return 0;
}

/* Only the domain that sees the machine's ACPI tables can make use of the answer. */
static int32_t vcpuop_get_physid(struct subop_call *c, struct vcpu_get_physid *a)
{
	if (!c->d->privileged)
		return trace_error(-XEN_EINVAL);
	a->phys_id = this_cpu()->apic_id | (uint64_t)this_cpu()->id << 32;
	return 0;
}

void vcpu_send_nmi(struct vcpu *v)
{
	v->cpu.nmi_pending = 1;
	if (v == current) /* the way out looks for it only when there is work */
		this_cpu()->softirq |= SOFTIRQ_RELOAD;
	vcpu_wake(v);
}

static int32_t vcpuop_send_nmi(struct subop_call *c, struct subop_none *none)
{
	vcpu_send_nmi(c->v);
	return 0;
}

int32_t do_vcpu_op(uint32_t cmd, uint32_t vcpu, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(VCPUOP_##name, vcpuop_##name, argument, way, privilege),
#include "sched/vcpu_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_vcpu_op);
	struct subop_call c;

	subop_call_of(&c, cmd, arg);
	if (!TRUST_CHECK(26, 42, vcpu < MAX_VCPUS) || !c.d->vcpus[vcpu])
		return trace_error(-XEN_ENOENT);
	c.v = c.d->vcpus[vcpu];
	return subop_perform(&table, &c);
}
