/* SPDX-License-Identifier: MIT */
/* sysctl: the table. */
#include "control.h"

static const struct subop ops[] = {
#define SYSCTL(name, argument, way, summary) \
	SUBOP_FORM(XEN_SYSCTL_##name, sysctl_##name, struct argument, way, ANY, TARGET_NOBODY),
#include "control/sysctls.def"
#undef SYSCTL
};

#define VERSION_4_14 0x13

/* op: xen_sysctl, whose answer goes back to the same place. */
int32_t do_sysctl(gva_t op)
{
	static const struct control_table table = {
		.table = CONTROL_TABLE(ops, __HYPERVISOR_sysctl),
		.version = XEN_SYSCTL_INTERFACE_VERSION,
		.version_4_14 = VERSION_4_14,
		.argument_at = offsetof(xen_sysctl_t, u),
	};

	return control_perform(&table, op);
}
