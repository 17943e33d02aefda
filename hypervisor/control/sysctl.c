/* SPDX-License-Identifier: MIT */
/* sysctl: the table, and what the machine is. */
#include "control.h"
#include "boot.h"
#include "mm/mm.h"
#include "time/time.h"
#include "x86.h"

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
	{ XEN_SYSCTL_##name, sizeof(struct argument), WAY_##way, TARGET_NOBODY, run_##name },
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

/* Frames that are RAM: what tools call the machine's memory. */
static uint64_t total_pages(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < boot_info.nr_e820; i++)
		if (boot_info.e820[i].type == E820_RAM)
			bytes += boot_info.e820[i].size;
	return bytes >> PAGE_SHIFT;
}

int32_t sysctl_physinfo(struct control_call *c, struct xen_sysctl_physinfo *a)
{
	struct cpuid_regs version = cpuid(1, 0);

	*a = (struct xen_sysctl_physinfo){
		.threads_per_core = 1,
		.cores_per_socket = 1,
		.nr_cpus = nr_cpus,
		.max_cpu_id = nr_cpus - 1,
		.nr_nodes = 1,
		.cpu_khz = tsc_khz,
		.capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1,
		.total_pages = total_pages(),
		.free_pages = frames_free_for_domains(),
		.max_mfn = max_mfn - 1,
	};
	a->hw_cap[0] = version.edx;
	a->hw_cap[1] = version.ecx;
	if (cpuid(0x80000000, 0).eax > 0x80000000) {
		a->hw_cap[2] = cpuid(0x80000001, 0).edx;
		a->hw_cap[3] = cpuid(0x80000001, 0).ecx;
	}
	return 0;
}
