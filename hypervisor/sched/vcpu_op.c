/* SPDX-License-Identifier: MIT */
/* vcpu_op: virtual CPUs brought up and down, their areas and timers (the interface's vcpu.h). */
#include "internal.h"
#include "sched.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"

#define SHORTEST_PERIOD_NS MS(1)
#define LONGEST_PERIOD_NS  SECONDS(10ULL * 365 * 24 * 3600) /* sums stay far from 2^64 */

/*
 * The context is 2.8 KB: too much for a stack of two pages.  It is copied to
 * the heap and only that copy is looked at.
 */
static int32_t initialise(struct vcpu *v, gva_t arg)
{
	struct vcpu_guest_context *c;
	int32_t rc;

	if (v->sched.initialised)
		return trace_error(-XEN_EEXIST);
	c = heap_alloc(sizeof(*c));
	if (!c)
		return trace_error(-XEN_ENOMEM);
	rc = copy_from_guest_raw(c, arg, sizeof(*c)) ? trace_error(-XEN_EFAULT)
						     : vcpu_initialise(v, c);
	heap_free(c);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_vcpu_op, 0, 0, 0, 0, 0);
	return rc;
}

static int32_t up(struct vcpu *v)
{
	if (!v->sched.initialised)
		return trace_error(-XEN_EINVAL);
	vcpu_online(v);
	return 0;
}

/* A domain whose last VCPU goes down has nobody left to wake it: that is its power-off. */
static int32_t down(struct vcpu *v)
{
	struct domain *d = v->domain;
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

static int32_t get_runstate(struct vcpu *v, gva_t arg)
{
	struct vcpu_runstate_info info;

	runstate_read(v, &info);
	return copy_to_guest_raw(arg, &info, sizeof(info)) ? trace_error(-XEN_EFAULT) : 0;
}

/*
 * Both areas are registered by address; 0 ends it.  The range is looked at
 * now, so that a mistake is told to whoever makes it, and again at each write.
 */
static int32_t area_address(gva_t arg, uint32_t size, gva_t *area)
{
	struct vcpu_register_time_memory_area a;

	if (copy_from_guest_raw(&a, arg, sizeof(a)))
		return trace_error(-XEN_EFAULT);
	*area = GVA((uint32_t)(uintptr_t)a.addr.v);
	if (area->a && !TRUST_CHECK(8, 41, guest_range_ok(*area, size)))
		return trace_error(-XEN_EFAULT);
	return 0;
}

static int32_t register_runstate_area(struct vcpu *v, gva_t arg)
{
	gva_t area;
	int32_t rc = area_address(arg, sizeof(struct vcpu_runstate_info), &area);

	if (rc)
		return rc;
	v->sched.runstate_area = area;
	runstate_publish(v);
	return 0;
}

static int32_t register_time_area(struct vcpu *v, gva_t arg)
{
	gva_t area;
	int32_t rc = area_address(arg, sizeof(struct vcpu_time_info), &area);

	if (rc)
		return rc;
	v->time.time_area = area;
	update_vcpu_time(v);
	return 0;
}

static int32_t register_info(struct vcpu *v, gva_t arg)
{
	struct vcpu_register_vcpu_info r;

	if (copy_from_guest_raw(&r, arg, sizeof(r)))
		return trace_error(-XEN_EFAULT);
	return vcpu_info_register(v, r.mfn, r.offset);
}

static int32_t set_periodic(struct vcpu *v, gva_t arg)
{
	struct vcpu_set_periodic_timer t;

	if (copy_from_guest_raw(&t, arg, sizeof(t)))
		return trace_error(-XEN_EFAULT);
	/* Shorter ones would let a guest keep the hypervisor busy with its timer alone. */
	if (!TRUST_CHECK(26, 41, t.period_ns >= SHORTEST_PERIOD_NS) ||
	    t.period_ns > LONGEST_PERIOD_NS)
		return trace_error(-XEN_EINVAL);
	vcpu_set_periodic(v, t.period_ns);
	return 0;
}

static int32_t set_singleshot(struct vcpu *v, gva_t arg)
{
	struct vcpu_set_singleshot_timer t;

	if (v != current)
		return trace_error(-XEN_EINVAL);
	if (copy_from_guest_raw(&t, arg, sizeof(t)))
		return trace_error(-XEN_EFAULT);
	if ((t.flags & VCPU_SSHOTTMR_future) && t.timeout_abs_ns < now_ns())
		return -XEN_ETIME;
	vcpu_set_singleshot(v, t.timeout_abs_ns ? t.timeout_abs_ns : 1);
	return 0;
}

static int32_t stop_singleshot(struct vcpu *v)
{
	if (v != current)
		return trace_error(-XEN_EINVAL);
	vcpu_set_singleshot(v, 0);
	return 0;
}

/* Only the domain that sees the machine's ACPI tables can make use of the answer. */
static int32_t get_physid(struct vcpu *v, gva_t arg)
{
	struct vcpu_get_physid p = { 0 };

	if (!v->domain->privileged)
		return trace_error(-XEN_EINVAL);
	p.phys_id = this_cpu()->apic_id | (uint64_t)this_cpu()->id << 32;
	return copy_to_guest_raw(arg, &p, sizeof(p)) ? trace_error(-XEN_EFAULT) : 0;
}

void vcpu_send_nmi(struct vcpu *v)
{
	v->cpu.nmi_pending = 1;
	if (v == current) /* the way out looks for it only when there is work */
		this_cpu()->softirq |= SOFTIRQ_RELOAD;
	vcpu_wake(v);
}

int32_t do_vcpu_op(uint32_t cmd, uint32_t vcpu, gva_t arg)
{
	struct domain *d = current->domain;
	struct vcpu *v;

	if (!subop_permitted(__HYPERVISOR_vcpu_op, cmd))
		return trace_error(-XEN_EPERM);
	if (!TRUST_CHECK(26, 42, vcpu < MAX_VCPUS) || !d->vcpus[vcpu])
		return trace_error(-XEN_ENOENT);
	v = d->vcpus[vcpu];
	switch (cmd) {
	case VCPUOP_initialise:
		return initialise(v, arg);
	case VCPUOP_up:
		return up(v);
	case VCPUOP_down:
		return down(v);
	case VCPUOP_is_up:
		return v->sched.online;
	case VCPUOP_get_runstate_info:
		return get_runstate(v, arg);
	case VCPUOP_register_runstate_memory_area:
		return register_runstate_area(v, arg);
	case VCPUOP_set_periodic_timer:
		return set_periodic(v, arg);
	case VCPUOP_stop_periodic_timer:
		vcpu_set_periodic(v, 0);
		return 0;
	case VCPUOP_set_singleshot_timer:
		return set_singleshot(v, arg);
	case VCPUOP_stop_singleshot_timer:
		return stop_singleshot(v);
	case VCPUOP_register_vcpu_info:
		return register_info(v, arg);
	case VCPUOP_send_nmi:
		vcpu_send_nmi(v);
		return 0;
	case VCPUOP_get_physid:
		return get_physid(v, arg);
	case VCPUOP_register_vcpu_time_memory_area:
		return register_time_area(v, arg);
	default:
		return -XEN_ENOSYS;
	}
}
