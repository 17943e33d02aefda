/* SPDX-License-Identifier: MIT */
/*
 * xen_version: who and what we are.  The version is that of the interface we
 * speak (the libxen-dev headers we are compiled with), so that a guest draws
 * the right conclusions from it; that this is Ringone stands in the extra
 * version and behind the forced CPUID leaf (abi.h).
 */
#include "boot.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

#define INTERFACE_MAJOR 4
#define INTERFACE_MINOR 17

#ifndef __VERSION__
#define __VERSION__ "?" /* a checker that is no compiler */
#endif

/* Fixed-size answers are copied whole and zero-padded, as their types in the headers are. */
static int32_t put_string(uint32_t to, const char *s, uint32_t size)
{
	char buf[sizeof(xen_commandline_t)] = "";

	strlcpy(buf, s, size);
	return copy_to_guest_raw(GVA(to), buf, size) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t compile_info(uint32_t to)
{
	/* No date and no builder: the same source gives the same image. */
	static const struct xen_compile_info info = {
		.compiler = "gcc " __VERSION__,
		.compile_by = "ringone",
		.compile_domain = "",
		.compile_date = "",
	};

	return copy_to_guest_raw(GVA(to), &info, sizeof(info)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t get_features(uint32_t arg)
{
	struct xen_feature_info fi;

	if (copy_from_guest_raw(&fi, GVA(arg), sizeof(fi)))
		return trace_error(-XEN_EFAULT);
	if (fi.submap_idx >= XENFEAT_NR_SUBMAPS)
		return trace_error(-XEN_EINVAL);
	fi.submap = domain_features(current->domain);
	return copy_to_guest_raw(GVA(arg), &fi, sizeof(fi)) ? trace_error(-XEN_EFAULT) : 0;
}

static __attribute__((noinline)) int32_t describe(uint32_t cmd, uint32_t arg)
{
	const struct domain *d = current->domain;
	xen_domain_handle_t handle = { 0 };
	xen_ulong_t virt_start;

	switch (cmd) {
	case XENVER_extraversion:
		return put_string(arg, ".0-ringone", XEN_EXTRAVERSION_LEN);
	case XENVER_compile_info:
		return compile_info(arg);
	case XENVER_capabilities:
		return put_string(arg, "xen-3.0-x86_32p", XEN_CAPABILITIES_INFO_LEN);
	case XENVER_changeset:
		return put_string(arg, "", XEN_CHANGESET_INFO_LEN);
	case XENVER_platform_parameters:
		virt_start = guest_range_end(d);
		return copy_to_guest_raw(GVA(arg), &virt_start, sizeof(virt_start))
			       ? trace_error(-XEN_EFAULT)
			       : 0;
	case XENVER_get_features:
		return get_features(arg);
	case XENVER_pagesize:
		return PAGE_SIZE;
	case XENVER_guest_handle:
		return copy_to_guest_raw(GVA(arg), &handle, sizeof(handle))
			       ? trace_error(-XEN_EFAULT)
			       : 0;
	case XENVER_commandline:
		return put_string(arg, d->privileged ? boot_info.cmdline : "<denied>",
				  sizeof(xen_commandline_t));
	case XENVER_build_id:
		if (!subop_permitted(__HYPERVISOR_xen_version, cmd))
			return trace_error(-XEN_EPERM);
		return trace_error(-XEN_ENODATA); /* linked without one: reproducible */
	default:
		return trace_error(-XEN_ENOSYS);
	}
}

/*
 * cmd: XENVER_*, arg: where the answer goes (ignored by those that return it).
 * Guests use XENVER_version as the "do nothing, but look for events" call, so
 * it stays clear of everything else.
 */
int32_t do_xen_version(uint32_t cmd, gva_t arg)
{
	if (likely(cmd == XENVER_version))
		return INTERFACE_MAJOR << 16 | INTERFACE_MINOR;
	return describe(cmd, arg.a);
}
