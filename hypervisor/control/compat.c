/* SPDX-License-Identifier: MIT */
/*
 * Tools of Xen 4.14 (interface versions 18 and 19), the last ones that Debian
 * built for i386.  Of all structures that are served, these differ from those of
 * 4.17:
 *
 *			4.14	4.17
 *	createdomain	48	64	grant_opts, vmtrace_size, cpupool_id before arch
 *	getdomaininfo	104	112	gpaddr_bits before arch_config
 *	physinfo	104	112	arch_capabilities behind capabilities
 *	irq_permission	2	8	pirq was a byte
 */
#include "control.h"
#include "lib.h"
#include "mm/mm.h"

#define CREATE_TAIL   offsetof(struct xen_domctl_createdomain, grant_opts)
#define INFO_TAIL     offsetof(struct xen_domctl_getdomaininfo, gpaddr_bits)
#define INFO_SIZE     104
#define PHYSINFO_TAIL offsetof(struct xen_sysctl_physinfo, arch_capabilities)
#define PHYSINFO_GAP  8

_Static_assert(sizeof(struct xen_domctl_createdomain) == 64 && CREATE_TAIL == 44,
	       "createdomain is as the table above says");
_Static_assert(sizeof(struct xen_domctl_getdomaininfo) == 112 && INFO_TAIL == 96,
	       "getdomaininfo is as the table above says");
_Static_assert(sizeof(struct xen_sysctl_physinfo) == 112 && PHYSINFO_TAIL == 32,
	       "physinfo is as the table above says");

uint32_t compat_size(uint32_t call, uint32_t cmd, uint32_t size)
{
	if (call == __HYPERVISOR_domctl && cmd == XEN_DOMCTL_createdomain)
		return 48;
	if (call == __HYPERVISOR_domctl && cmd == XEN_DOMCTL_getdomaininfo)
		return INFO_SIZE;
	if (call == __HYPERVISOR_domctl && cmd == XEN_DOMCTL_irq_permission)
		return 2;
	if (call == __HYPERVISOR_sysctl && cmd == XEN_SYSCTL_physinfo)
		return sizeof(struct xen_sysctl_physinfo) - PHYSINFO_GAP;
	return size;
}

void compat_widen(uint32_t call, uint32_t cmd, void *argument)
{
	uint8_t *old = argument;

	if (call != __HYPERVISOR_domctl)
		return;
	if (cmd == XEN_DOMCTL_createdomain) {
		struct xen_domctl_createdomain *a = argument;
		uint32_t emulation;

		memcpy(&emulation, old + CREATE_TAIL, sizeof(emulation));
		memset(old + CREATE_TAIL, 0, sizeof(*a) - CREATE_TAIL);
		a->arch.emulation_flags = emulation;
		a->grant_opts = XEN_DOMCTL_GRANT_version(1);
	} else if (cmd == XEN_DOMCTL_irq_permission) {
		const uint8_t pirq = old[0], allow = old[1];

		*(struct xen_domctl_irq_permission *)argument =
			(struct xen_domctl_irq_permission){ .pirq = pirq, .allow_access = allow };
	}
}

/* One of 4.17's in place becomes one of 4.14's, which is shorter by its last eight bytes. */
static void narrow_info(struct xen_domctl_getdomaininfo *info)
{
	struct xen_arch_domainconfig arch = info->arch_config;
	uint8_t *bytes = (uint8_t *)info;

	memcpy(bytes + INFO_TAIL, &arch.emulation_flags, sizeof(arch.emulation_flags));
	memset(bytes + INFO_TAIL + 4, 0, 4);
}

void compat_narrow(uint32_t call, uint32_t cmd, void *argument)
{
	if (call == __HYPERVISOR_domctl && cmd == XEN_DOMCTL_getdomaininfo)
		narrow_info(argument);
	if (call == __HYPERVISOR_sysctl && cmd == XEN_SYSCTL_physinfo)
		memmove((uint8_t *)argument + PHYSINFO_TAIL,
			(uint8_t *)argument + PHYSINFO_TAIL + PHYSINFO_GAP,
			sizeof(struct xen_sysctl_physinfo) - PHYSINFO_TAIL - PHYSINFO_GAP);
}
