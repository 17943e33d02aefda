/* SPDX-License-Identifier: MIT */
/* domctl: the table, and the operations on a domain as a whole: what it is allowed, runs, and ends. */
#include "control.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

static const struct subop ops[] = {
#define DOMCTL(name, argument, target, way, summary) \
	SUBOP_FORM(XEN_DOMCTL_##name, domctl_##name, struct argument, way, ANY, TARGET_##target),
#include "control/domctls.def"
#undef DOMCTL
};

#define VERSION_4_14 0x12

/* op: xen_domctl, whose answer goes back to the same place. */
int32_t do_domctl(gva_t op)
{
	static const struct control_table table = {
		.table = CONTROL_TABLE(ops, __HYPERVISOR_domctl),
		.version = XEN_DOMCTL_INTERFACE_VERSION,
		.version_4_14 = VERSION_4_14,
		.argument_at = offsetof(xen_domctl_t, u),
		.names_domain = true,
	};

	return control_perform(&table, op);
}

int32_t domctl_setdomainhandle(struct control_call *c, struct xen_domctl_setdomainhandle *a)
{
	memcpy(c->d->handle, a->handle, sizeof(c->d->handle));
	return 0;
}

int32_t domctl_max_mem(struct control_call *c, struct xen_domctl_max_mem *a)
{
	uint64_t pages = a->max_memkb >> (PAGE_SHIFT - 10);

	/* Less than it has is fine: it gets no more until it has given some back. */
	c->d->mm.max_pages = MIN(pages, 0xffffffffU);
	return 0;
}

/* There is one kind of guest. */
int32_t domctl_set_address_size(struct control_call *c, struct xen_domctl_address_size *a)
{
	return a->size == 32 ? 0 : -XEN_EINVAL;
}

int32_t domctl_get_address_size(struct control_call *c, struct xen_domctl_address_size *a)
{
	a->size = 32;
	return 0;
}

/* ---- running and ending ---- */

int32_t domctl_pausedomain(struct control_call *c, struct control_none *a)
{
	struct domain *d = c->d;

	spin_lock(&d->lock);
	d->tool_pauses++;
	spin_unlock(&d->lock);
	domain_pause(d);
	return 0;
}

/* Only as often as tools have paused it: the hypervisor's own pauses are not theirs to end. */
int32_t domctl_unpausedomain(struct control_call *c, struct control_none *a)
{
	struct domain *d = c->d;
	bool paused;

	spin_lock(&d->lock);
	paused = d->tool_pauses;
	d->tool_pauses -= paused;
	spin_unlock(&d->lock);
	if (!TRUST_CHECK(26, 62, paused))
		return -XEN_EINVAL;
	domain_unpause(d);
	return 0;
}

int32_t domctl_resumedomain(struct control_call *c, struct control_none *a)
{
	return domain_resume(c->d);
}

int32_t domctl_destroydomain(struct control_call *c, struct control_none *a)
{
	if (c->d == hardware_domain)
		return -XEN_EINVAL;
	return domain_kill(c->d);
}
