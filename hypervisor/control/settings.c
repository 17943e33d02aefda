/* SPDX-License-Identifier: MIT */
/* Clocks, triggers and hardware that tools give to a domain. */
#include "control.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "sched/sched.h"
#include "time/time.h"

/* xl.cfg's tsc_mode, for which the public headers have no names. */
#define TSC_MODE_DEFAULT 0
#define TSC_MODE_NEVER   2

/* The counter is the processor's and never trapped; who asks for emulation does not get it. */
int32_t domctl_settscinfo(struct control_call *c, struct xen_domctl_tsc_info *a)
{
	return a->tsc_mode == TSC_MODE_DEFAULT || a->tsc_mode == TSC_MODE_NEVER ? 0
										: -XEN_EOPNOTSUPP;
}

int32_t domctl_gettscinfo(struct control_call *c, struct xen_domctl_tsc_info *a)
{
	*a = (struct xen_domctl_tsc_info){
		.tsc_mode = TSC_MODE_NEVER,
		.gtsc_khz = tsc_khz,
		.elapsed_nsec = now_ns() - c->d->time.boot,
	};
	return 0;
}

int32_t domctl_settimeoffset(struct control_call *c, struct xen_domctl_settimeoffset *a)
{
	c->d->time.offset = a->time_offset_seconds;
	update_wallclock(c->d);
	return 0;
}

int32_t domctl_sendtrigger(struct control_call *c, struct xen_domctl_sendtrigger *a)
{
	if (a->trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return -XEN_ENOSYS;
	if (!TRUST_CHECK(26, 69, a->vcpu < c->d->nr_vcpus))
		return -XEN_ESRCH;
	vcpu_send_nmi(c->d->vcpus[a->vcpu]);
	return 0;
}

/*
 * Frames that are not RAM.  Nobody gives what he has not: our own chips stay
 * ours (mm/entry.c), whoever asks.
 */
int32_t domctl_iomem_permission(struct control_call *c, struct xen_domctl_iomem_permission *a)
{
	uint64_t end = a->first_mfn + a->nr_mfns;
	int32_t rc;

	if (end <= a->first_mfn || end >> 32)
		return -XEN_EINVAL;
	spin_lock(&c->d->lock);
	rc = a->allow_access ? ranges_add(&c->d->mm.iomem, a->first_mfn, end)
			     : ranges_remove(&c->d->mm.iomem, a->first_mfn, end);
	spin_unlock(&c->d->lock);
	return rc;
}

#define PORTS_A_BREATH 512

/* Of a long list. */
static void look_up(uint32_t port)
{
	if (port % PORTS_A_BREATH == 0)
		breathe();
}

static int32_t need_ports(struct domain *d)
{
	if (!d->emulate.ioports)
		d->emulate.ioports = heap_alloc(65536 / 8);
	return d->emulate.ioports ? 0 : -XEN_ENOMEM;
}

/* Ports that the caller has: what the hypervisor drives itself is nobody's to give. */
int32_t domctl_ioport_permission(struct control_call *c, struct xen_domctl_ioport_permission *a)
{
	const uint32_t *mine = current->domain->emulate.ioports;
	uint32_t end = a->first_port + a->nr_ports;
	int32_t rc = 0;

	if (end < a->first_port || end > 65536)
		return -XEN_EINVAL;
	for (uint32_t port = a->first_port; a->allow_access && port < end; port++) {
		look_up(port);
		if (!TRUST_CHECK(25, 31, mine && test_bit(port, mine)))
			return -XEN_EPERM;
	}
	spin_lock(&c->d->lock);
	if (a->allow_access)
		rc = need_ports(c->d);
	for (uint32_t port = a->first_port; !rc && c->d->emulate.ioports && port < end; port++) {
		look_up(port);
		if (a->allow_access)
			set_bit(port, c->d->emulate.ioports);
		else
			clear_bit(port, c->d->emulate.ioports);
	}
	spin_unlock(&c->d->lock);
	return rc;
}
