/* SPDX-License-Identifier: MIT */
/* What tools are told about a domain and its VCPUs. */
#include "control.h"
#include "sched/sched.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

static uint64_t time_run(const struct vcpu *v)
{
	struct vcpu_runstate_info info;

	runstate_read(v, &info);
	return info.time[RUNSTATE_running];
}

static uint32_t flags(const struct domain *d, const struct xen_domctl_getdomaininfo *info,
		      bool blocked, bool running)
{
	uint32_t f = d->shutdown_code << XEN_DOMINF_shutdownshift;

	if (!d->is_shut_down)
		f = 0;
	return f | (d->is_dead ? XEN_DOMINF_dying : 0) | (blocked ? XEN_DOMINF_blocked : 0) |
	       (running ? XEN_DOMINF_running : 0) | (d->is_shut_down ? XEN_DOMINF_shutdown : 0) |
	       (d->tool_pauses ? XEN_DOMINF_paused : 0) | (d->is_store ? XEN_DOMINF_xs_domain : 0);
}

/* *info was zeroed. */
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	bool blocked = true, running = false;

	info->domain = d->id;
	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		const struct vcpu *v = d->vcpus[i];

		info->cpu_time += time_run(v);
		info->max_vcpu_id = i;
		if (!v->sched.online)
			continue;
		info->nr_online_vcpus++;
		blocked = blocked && v->sched.runstate == VCPU_BLOCKED;
		running = running || v->sched.runstate == VCPU_RUNNING;
	}
	info->flags = flags(d, info, blocked && info->nr_online_vcpus, running);
	info->tot_pages = d->mm.nr_pages;
	info->max_pages = d->mm.max_pages;
	info->shared_info_frame = d->shared_mfn.n;
	info->ssidref = d->ssidref;
	info->gpaddr_bits = 32;
	memcpy(info->handle, d->handle, sizeof(info->handle));
}

int32_t domctl_getdomaininfo(struct control_call *c, struct xen_domctl_getdomaininfo *info)
{
	struct domain *d = domain_get_from(c->domid);

	if (!d)
		return -XEN_ESRCH;
	memset(info, 0, sizeof(*info));
	domain_info(d, info);
	c->domid = d->id;
	domain_put(d);
	return 0;
}

#define DOMAINS_AT_A_TIME 32

/* The list may change between two looks, and so does what is asked for: tools know. */
int32_t sysctl_getdomaininfolist(struct control_call *c, struct xen_sysctl_getdomaininfolist *a)
{
	uint32_t size = c->version == XEN_SYSCTL_INTERFACE_VERSION
				? sizeof(struct xen_domctl_getdomaininfo)
				: compat_size(__HYPERVISOR_domctl, XEN_DOMCTL_getdomaininfo, 0);
	gva_t to = GVA((uint32_t)(uintptr_t)a->buffer.p);
	uint32_t id = a->first_domain;

	for (a->num_domains = 0; a->num_domains < a->max_domains; a->num_domains++) {
		struct domain *d = domain_get_from(id);
		struct xen_domctl_getdomaininfo info = { 0 };

		if (!d)
			break;
		domain_info(d, &info);
		id = d->id + 1;
		domain_put(d);
		if (c->version != XEN_SYSCTL_INTERFACE_VERSION)
			compat_narrow(__HYPERVISOR_domctl, XEN_DOMCTL_getdomaininfo, &info);
		if (copy_to_guest_raw(gva_add(to, a->num_domains * size), &info, size))
			return -XEN_EFAULT;
		if (a->num_domains % DOMAINS_AT_A_TIME == DOMAINS_AT_A_TIME - 1)
			preempt_needed(); /* an interrupt window: the list is as long as it is */
	}
	return 0;
}

int32_t domctl_getvcpuinfo(struct control_call *c, struct xen_domctl_getvcpuinfo *a)
{
	const struct vcpu *v;

	if (!TRUST_CHECK(26, 64, a->vcpu < c->d->nr_vcpus))
		return -XEN_ESRCH;
	v = c->d->vcpus[a->vcpu];
	a->online = v->sched.online;
	a->blocked = v->sched.runstate == VCPU_BLOCKED;
	a->running = v->sched.runstate == VCPU_RUNNING;
	a->cpu_time = time_run(v);
	a->cpu = 0; /* there is one */
	return 0;
}
