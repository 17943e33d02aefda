/* SPDX-License-Identifier: MIT */
/* What tools are told about the machine: processors, memory, and where each belongs. */
#include "control.h"
#include "boot.h"
#include "mm/mm.h"
#include "time/time.h"
#include "x86.h"

#define LOCAL_DISTANCE 10 /* of a node to itself, as ACPI's SLIT has it */

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

/*
 * The interface's lists go like this: without a buffer, how many there are;
 * with one, as many as fit, and how many that was.
 */
int32_t sysctl_cputopoinfo(struct control_call *c, struct xen_sysctl_cputopoinfo *a)
{
	uint32_t room = a->num_cpus;

	a->num_cpus = nr_cpus;
	for (uint32_t i = 0; a->cputopo.p && i < MIN(room, nr_cpus); i++) {
		const xen_sysctl_cputopo_t cpu = { .core = i, .socket = i, .node = 0 };

		if (copy_to_guest(a->cputopo, i, &cpu))
			return -XEN_EFAULT;
	}
	return 0;
}

int32_t sysctl_numainfo(struct control_call *c, struct xen_sysctl_numainfo *a)
{
	const xen_sysctl_meminfo_t memory = {
		.memsize = total_pages() << PAGE_SHIFT,
		.memfree = (uint64_t)frames_free_for_domains() << PAGE_SHIFT,
	};
	const uint32_t distance = LOCAL_DISTANCE;
	uint32_t room = a->num_nodes;

	a->num_nodes = 1;
	if (a->meminfo.p && room && copy_to_guest(a->meminfo, 0, &memory))
		return -XEN_EFAULT;
	if (a->distance.p && room && copy_to_guest(a->distance, 0, &distance))
		return -XEN_EFAULT;
	return 0;
}

int32_t sysctl_getcpuinfo(struct control_call *c, struct xen_sysctl_getcpuinfo *a)
{
	a->nr_cpus = MIN(a->max_cpus, nr_cpus);
	for (uint32_t i = 0; i < a->nr_cpus; i++) {
		const xen_sysctl_cpuinfo_t info = { .idletime = cpus[i]->idle_ns };

		if (copy_to_guest(a->info, i, &info))
			return -XEN_EFAULT;
	}
	return 0;
}

/* Two zones are all that is told apart: below 4 GiB, and in all. */
int32_t sysctl_availheap(struct control_call *c, struct xen_sysctl_availheap *a)
{
	uint64_t pages = frames_free_for_domains();

	if (a->node > 0)
		return -XEN_EINVAL;
	if (a->max_bitwidth && a->max_bitwidth <= 32)
		pages = MIN(pages, frames_free_low());
	else if (a->min_bitwidth > 32)
		pages -= MIN(pages, frames_free_low());
	a->avail_bytes = pages << PAGE_SHIFT;
	return 0;
}
