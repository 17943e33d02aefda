/* SPDX-License-Identifier: MIT */
/* sysctl: the table. */
#include "control.h"

#define SYSCTL(name, argument, way, summary)                       \
	static int32_t run_##name(struct control_call *c, void *a) \
	{                                                          \
		return sysctl_##name(c, a);                        \
	}                                                          \
	_Static_assert(sizeof(struct argument) <= sizeof(((xen_sysctl_t *)0)->u), #name);
#include "control/sysctls.def"
#undef SYSCTL

static const struct control_op ops[] = {
#define SYSCTL(name, argument, way, summary) \
	{ #name, XEN_SYSCTL_##name, sizeof(struct argument), WAY_##way, TARGET_NOBODY, run_##name },
#include "control/sysctls.def"
#undef SYSCTL
};

#define VERSION_4_14 0x13

/* op: xen_sysctl, whose answer goes back to the same place. */
int32_t do_sysctl(gva_t op)
{
	static const struct control_table table = {
		.ops = ops,
		.nr_ops = ARRAY_SIZE(ops),
		.call = __HYPERVISOR_sysctl,
		.version = XEN_SYSCTL_INTERFACE_VERSION,
		.version_4_14 = VERSION_4_14,
		.argument_at = offsetof(xen_sysctl_t, u),
	};

	return control_perform(&table, op);
}
