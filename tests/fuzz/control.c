/* SPDX-License-Identifier: MIT */
/*
 * Calls of tools: domctl and sysctl, mostly about the other domain, by one who may and by others.
 * What may be asked of oneself is rationed: a cap of one per cent makes a boot last for hours.
 */
#include "fuzz.h"

static struct xen_domctl *domctl;

static uint32_t pick_vcpu(void)
{
	return one_in(6) ? pick_number() : below(3);
}

static void *buffer(uint32_t size)
{
	return (void *)bent(room(size));
}

static void fill_limits(void)
{
	if (domctl->cmd == XEN_DOMCTL_max_mem)
		domctl->u.max_mem.max_memkb = one_in(4) ? random64() : below(24 << 10);
	else if (domctl->cmd == XEN_DOMCTL_max_vcpus)
		domctl->u.max_vcpus.max = pick_vcpu();
	else
		domctl->u.address_size.size = one_in(2) ? 32 : pick_number();
}

static void fill_create(void)
{
	struct xen_domctl_createdomain *a = &domctl->u.createdomain;

	if (one_in(2))
		memset(a, 0, sizeof(*a));
	a->max_vcpus = one_in(4) ? pick_number() : 1 + below(4);
	a->max_evtchn_port = one_in(2) ? 1023 : pick_number();
	a->max_grant_frames = pick_number();
	a->grant_opts = one_in(4) ? pick_number() : 1;
	domctl->domain = one_in(3) ? pick_domid() : 0;
}

/* Addresses and states that tools set: as those that a guest may give itself (state.c). */
static void fill_vcpu(void)
{
	struct vcpu_guest_context *x = room(sizeof(*x));
	uint32_t who = pick_vcpu();

	if (domctl->cmd == XEN_DOMCTL_setvcpucontext)
		fill_context(x, who & 3);
	domctl->u.vcpucontext.vcpu = who;
	domctl->u.vcpucontext.ctxt.p = (void *)bent(x);
}

static void fill_ext(void)
{
	struct xen_domctl_ext_vcpucontext *a = &domctl->u.ext_vcpucontext;

	a->vcpu = pick_vcpu();
	a->size = one_in(4) ? pick_number() : sizeof(*a);
	a->syscall32_callback_eip = pick_code();
	a->sysenter_callback_eip = pick_code();
	a->syscall32_callback_cs = pick_selector();
	a->sysenter_callback_cs = pick_selector();
	a->syscall32_disables_events = below(2);
	a->sysenter_disables_events = below(2);
}

static void fill_xstate(void)
{
	struct xen_domctl_vcpuextstate *a = &domctl->u.vcpuextstate;

	a->vcpu = pick_vcpu();
	a->xfeature_mask = pick_number();
	a->size = one_in(3) ? pick_number() : PICK(0, 16, 16 + 576, 16 + 832);
	a->buffer.p = buffer(1024);
}

static void fill_msrs(void)
{
	struct xen_domctl_vcpu_msrs *a = &domctl->u.vcpu_msrs;

	a->vcpu = pick_vcpu();
	a->msr_count = pick_number();
	a->msrs.p = buffer(256);
}

static void fill_frames(void)
{
	if (domctl->cmd == XEN_DOMCTL_hypercall_init) {
		domctl->u.hypercall_init.gmfn = pick_mfn();
		return;
	}
	uint32_t n = below(20);
	xen_pfn_t *list = room((n + 1) * sizeof(*list));

	for (uint32_t i = 0; i < n; i++)
		list[i] = pick_mfn();
	domctl->u.getpageframeinfo3.num = one_in(12) ? pick_number() : n;
	domctl->u.getpageframeinfo3.array.p = (void *)bent(list);
}

static void fill_shadow(void)
{
	struct xen_domctl_shadow_op *a = &domctl->u.shadow_op;

	a->op = one_in(8) ? pick_number()
			  : PICK(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, XEN_DOMCTL_SHADOW_OP_CLEAN,
				 XEN_DOMCTL_SHADOW_OP_PEEK, XEN_DOMCTL_SHADOW_OP_OFF);
	a->mode = below(2) ? 0 : pick_number();
	a->pages = one_in(3) ? random32() : below(4096);
	a->dirty_bitmap.p = one_in(3) ? NULL : buffer(512);
}

static void fill_schedule(void)
{
	if (domctl->cmd == XEN_DOMCTL_scheduler_op) {
		struct xen_domctl_scheduler_op *a = &domctl->u.scheduler_op;

		a->sched_id = one_in(8) ? pick_number() : XEN_SCHEDULER_CREDIT2;
		a->cmd = one_in(8) ? pick_number() : below(2);
		a->u.credit2.weight = pick_number();
		a->u.credit2.cap = pick_number();
		return;
	}
	struct xen_domctl_vcpuaffinity *v = &domctl->u.vcpuaffinity;

	v->vcpu = pick_vcpu();
	v->flags = below(8);
	v->cpumap_hard.bitmap.p = buffer(16);
	v->cpumap_soft.bitmap.p = buffer(16);
	v->cpumap_hard.nr_bits = v->cpumap_soft.nr_bits = one_in(3) ? pick_number() : below(65);
}

static void fill_time(void)
{
	if (domctl->cmd == XEN_DOMCTL_settscinfo)
		domctl->u.tsc_info.tsc_mode = below(5);
	else
		domctl->u.settimeoffset.time_offset_seconds = random64();
}

static void fill_trigger(void)
{
	domctl->u.sendtrigger.trigger = below(4);
	domctl->u.sendtrigger.vcpu = pick_vcpu();
}

static void fill_policy(void)
{
	struct xen_domctl_cpu_policy *a = &domctl->u.cpu_policy;
	xen_cpuid_leaf_t *leaves = room(64 * sizeof(*leaves));

	for (uint32_t i = 0; i < 64; i++) {
		leaves[i].leaf = one_in(2) ? below(16) : PICK(0x80000000, 0x80000001, 0x40000000);
		leaves[i].subleaf = one_in(2) ? ~0u : below(4);
	}
	a->nr_leaves = one_in(4) ? pick_number() : below(64);
	a->nr_msrs = one_in(2) ? 0 : pick_number();
	a->leaves.p = (void *)bent(leaves);
	a->msrs.p = buffer(128);
}

/* Devices are not for those who would use them to write over the machine. */
static void fill_hardware(void)
{
	if (domctl->cmd == XEN_DOMCTL_iomem_permission) {
		domctl->u.iomem_permission.first_mfn = PICK(0xa0, 0xb8, 0xf0, 0x100, 0x1000);
		domctl->u.iomem_permission.nr_mfns = one_in(4) ? pick_number() : below(64);
		domctl->u.iomem_permission.allow_access = one_in(3);
	} else {
		domctl->u.ioport_permission.first_port = one_in(2) ? 0x80 : 0x2f8;
		domctl->u.ioport_permission.nr_ports = one_in(8) ? 0 : below(8);
		domctl->u.ioport_permission.allow_access = below(2);
	}
}

static void fill_nothing(void)
{
}

static const struct {
	uint32_t cmd;
	void (*fill)(void);
	uint8_t weight, spares_self;
} domctls[] = {
	{ XEN_DOMCTL_createdomain, fill_create, 1, 0 },
	{ XEN_DOMCTL_destroydomain, fill_nothing, 1, 1 },
	{ XEN_DOMCTL_pausedomain, fill_nothing, 2, 0 },
	{ XEN_DOMCTL_unpausedomain, fill_nothing, 4, 0 },
	{ XEN_DOMCTL_resumedomain, fill_nothing, 2, 0 },
	{ XEN_DOMCTL_getdomaininfo, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_setdomainhandle, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_max_vcpus, fill_limits, 1, 0 },
	{ XEN_DOMCTL_max_mem, fill_limits, 2, 1 },
	{ XEN_DOMCTL_set_address_size, fill_limits, 1, 0 },
	{ XEN_DOMCTL_get_address_size, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_setvcpucontext, fill_vcpu, 4, 0 },
	{ XEN_DOMCTL_getvcpucontext, fill_vcpu, 2, 0 },
	{ XEN_DOMCTL_set_ext_vcpucontext, fill_ext, 2, 0 },
	{ XEN_DOMCTL_get_ext_vcpucontext, fill_ext, 1, 0 },
	{ XEN_DOMCTL_setvcpuextstate, fill_xstate, 2, 0 },
	{ XEN_DOMCTL_getvcpuextstate, fill_xstate, 2, 0 },
	{ XEN_DOMCTL_set_vcpu_msrs, fill_msrs, 1, 0 },
	{ XEN_DOMCTL_get_vcpu_msrs, fill_msrs, 1, 0 },
	{ XEN_DOMCTL_getvcpuinfo, fill_trigger, 1, 0 },
	{ XEN_DOMCTL_hypercall_init, fill_frames, 2, 0 },
	{ XEN_DOMCTL_getpageframeinfo3, fill_frames, 2, 0 },
	{ XEN_DOMCTL_shadow_op, fill_shadow, 4, 1 },
	{ XEN_DOMCTL_scheduler_op, fill_schedule, 2, 1 },
	{ XEN_DOMCTL_setvcpuaffinity, fill_schedule, 1, 1 },
	{ XEN_DOMCTL_getvcpuaffinity, fill_schedule, 1, 0 },
	{ XEN_DOMCTL_setnodeaffinity, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_getnodeaffinity, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_settscinfo, fill_time, 1, 0 },
	{ XEN_DOMCTL_gettscinfo, fill_nothing, 1, 0 },
	{ XEN_DOMCTL_settimeoffset, fill_time, 1, 0 },
	{ XEN_DOMCTL_sendtrigger, fill_trigger, 2, 0 },
	{ XEN_DOMCTL_set_cpu_policy, fill_policy, 1, 0 },
	{ XEN_DOMCTL_get_cpu_policy, fill_policy, 1, 0 },
	{ XEN_DOMCTL_iomem_permission, fill_hardware, 1, 1 },
	{ XEN_DOMCTL_ioport_permission, fill_hardware, 1, 1 },
};

static void make_domctl(struct call *c)
{
	uint32_t k, ticket = below(56);

	for (k = 0; ticket >= domctls[k].weight; k++)
		ticket -= domctls[k].weight;
	domctl = room(sizeof(*domctl));
	domctl->cmd = one_in(30) ? below(96) : domctls[k].cmd;
	domctl->interface_version = one_in(16)  ? random32()
				    : one_in(8) ? 0x12 /* that of 4.14 */
						: XEN_DOMCTL_INTERFACE_VERSION;
	domctl->domain = one_in(8) ? pick_domid() : peer;
	if (domctls[k].spares_self && (domctl->domain == own || domctl->domain == DOMID_SELF))
		domctl->domain = peer;
	domctls[k].fill();
	*c = (struct call){ __HYPERVISOR_domctl, { bent(domctl) } };
}

static void make_sysctl(struct call *c)
{
	struct xen_sysctl *op = room(sizeof(*op));
	char *keys = room(16);

	op->cmd = one_in(8) ? below(40)
			    : PICK(XEN_SYSCTL_readconsole, XEN_SYSCTL_physinfo, XEN_SYSCTL_sched_id,
				   XEN_SYSCTL_getdomaininfolist, XEN_SYSCTL_debug_keys,
				   XEN_SYSCTL_getcpuinfo, XEN_SYSCTL_availheap,
				   XEN_SYSCTL_cputopoinfo, XEN_SYSCTL_numainfo,
				   XEN_SYSCTL_cpupool_op, XEN_SYSCTL_scheduler_op,
				   XEN_SYSCTL_get_cpu_featureset, XEN_SYSCTL_get_cpu_policy);
	op->interface_version = one_in(16)  ? random32()
				: one_in(8) ? 0x13
					    : XEN_SYSCTL_INTERFACE_VERSION;
	switch (op->cmd) {
	case XEN_SYSCTL_readconsole:
		op->u.readconsole.buffer.p = buffer(64);
		op->u.readconsole.count = one_in(4) ? pick_number() : below(64);
		break;
	case XEN_SYSCTL_getdomaininfolist:
		op->u.getdomaininfolist.first_domain = pick_domid();
		op->u.getdomaininfolist.max_domains = pick_number();
		op->u.getdomaininfolist.buffer.p = buffer(512);
		break;
	case XEN_SYSCTL_debug_keys: /* what they print is read by nobody: seldom */
		keys[0] = one_in(30) ? "hmq"[below(3)] : 'Z';
		op->u.debug_keys.keys.p = keys;
		op->u.debug_keys.nr_keys = one_in(4) ? 0x11 : below(2);
		break;
	case XEN_SYSCTL_getcpuinfo:
		op->u.getcpuinfo.max_cpus = pick_number();
		op->u.getcpuinfo.info.p = buffer(64);
		break;
	case XEN_SYSCTL_get_cpu_featureset:
		op->u.cpu_featureset.nr_features = pick_number();
		op->u.cpu_featureset.features.p = buffer(128);
		break;
	case XEN_SYSCTL_get_cpu_policy:
		op->u.cpu_policy.nr_leaves = pick_number();
		op->u.cpu_policy.leaves.p = buffer(1024);
		op->u.cpu_policy.msrs.p = buffer(64);
		break;
	}
	*c = (struct call){ __HYPERVISOR_sysctl, { bent(op) } };
}

void make_control_call(struct call *c)
{
	if (one_in(4))
		make_sysctl(c);
	else
		make_domctl(c);
}
