/* SPDX-License-Identifier: MIT */
/*
 * A new domain, as far as a hypercall makes it: a number, limits, VCPUs.  Its
 * memory, tables and first registers are the tools' to fill in, from outside.
 */
#include "control.h"
#include "domain/domain.h"
#include "event/event.h"
#include "grant/grant.h"
#include "lib.h"
#include "mm/mm.h"
#include "trust.h"

#define CREATE_FLAGS (XEN_DOMCTL_CDF_xs_domain)

/* The number asked for, or a free one; 0 asks for any. */
static int32_t choose_id(uint16_t *id)
{
	struct domain *d;

	if (!*id || *id >= DOMID_FIRST_RESERVED) {
		*id = domain_free_id();
		return *id ? 0 : -XEN_ENOMEM;
	}
	d = domain_get(*id);
	if (d)
		domain_put(d);
	return d ? -XEN_EEXIST : 0;
}

static int32_t check(const struct xen_domctl_createdomain *a)
{
	if (a->flags & ~CREATE_FLAGS || a->iommu_opts) /* HVM and what only it needs */
		return -XEN_EINVAL;
	if (!TRUST_CHECK(26, 63, a->max_vcpus >= 1 && a->max_vcpus <= MAX_VCPUS))
		return -XEN_EINVAL;
	if (XEN_DOMCTL_GRANT_version(a->grant_opts) > 1 ||
	    a->grant_opts & ~XEN_DOMCTL_GRANT_version_mask || a->vmtrace_size)
		return -XEN_EINVAL;
	if (a->cpupool_id && a->cpupool_id != ~0U) /* there is one pool */
		return -XEN_ESRCH;
	return 0;
}

int32_t domctl_createdomain(struct control_call *c, struct xen_domctl_createdomain *a)
{
	struct domain *d;
	int32_t rc = check(a);

	if (!rc)
		rc = choose_id(&c->domid);
	if (rc)
		return rc;
	d = domain_create(c->domid, 0);
	if (!d)
		return -XEN_ENOMEM;
	/*
	 * Whatever its kernel's note says, which is not for us to see: the tools that save a
	 * domain know the hypervisor's slots only where Xen has them (mm/topl2.c).
	 */
	set_classic(d, true);
	d->max_vcpus = a->max_vcpus;
	grant_limit(d, a->max_grant_frames, a->max_maptrack_frames);
	event_limit_ports(d, a->max_evtchn_port);
	d->ssidref = a->ssidref;
	d->is_store = a->flags & XEN_DOMCTL_CDF_xs_domain;
	memcpy(d->handle, a->handle, sizeof(d->handle));
	d->tool_pauses = 1;
	TRUST_EFFECT(27, 119, domain_pause(d));
	return 0;
}

int32_t domctl_max_vcpus(struct control_call *c, struct xen_domctl_max_vcpus *a)
{
	struct domain *d = c->d;
	int32_t rc = 0;

	if (a->max != d->max_vcpus)
		return -XEN_EINVAL;
	spin_lock(&d->lock);
	while (!rc && d->nr_vcpus < a->max)
		if (d->dying || !vcpu_create(d, d->nr_vcpus))
			rc = d->dying ? -XEN_EINVAL : -XEN_ENOMEM;
	spin_unlock(&d->lock);
	return rc;
}
