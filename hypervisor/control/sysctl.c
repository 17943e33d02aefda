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

/* a1: xen_sysctl, whose answer goes back to the same place. */
int32_t do_sysctl(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	static const struct control_table table = {
		.ops = ops,
		.nr_ops = ARRAY_SIZE(ops),
		.call = __HYPERVISOR_sysctl,
		.version = XEN_SYSCTL_INTERFACE_VERSION,
		.version_4_14 = VERSION_4_14,
		.argument_at = offsetof(xen_sysctl_t, u),
	};

	return control_perform(&table, GVA(a1));
}
