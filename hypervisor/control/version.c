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

/* The prototypes of the handlers. */
#define OP(name, argument, way, privilege, summary) \
	static int32_t version_##name(struct subop_call *c, argument *a);
#include "control/version_ops.def"
#undef OP

/* Fixed-size answers are copied whole and zero-padded, as their types in the headers are. */
static int32_t put_string(const struct subop_call *c, const char *s, uint32_t size)
{
	char buf[sizeof(xen_commandline_t)] = "";

	strlcpy(buf, s, size);
	return copy_to_guest_raw(c->at, buf, size) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t version_version(struct subop_call *c, struct subop_none *none)
{
	return INTERFACE_MAJOR << 16 | INTERFACE_MINOR;
}

static int32_t version_extraversion(struct subop_call *c, struct subop_none *none)
{
	return put_string(c, ".0-ringone", XEN_EXTRAVERSION_LEN);
}

/* No date and no builder: the same source gives the same image. */
static int32_t version_compile_info(struct subop_call *c, struct xen_compile_info *a)
{
	strlcpy(a->compiler, "gcc " __VERSION__, sizeof(a->compiler));
	strlcpy(a->compile_by, "ringone", sizeof(a->compile_by));
	return 0;
}

static int32_t version_capabilities(struct subop_call *c, struct subop_none *none)
{
	return put_string(c, "xen-3.0-x86_32p", XEN_CAPABILITIES_INFO_LEN);
}

static int32_t version_changeset(struct subop_call *c, struct subop_none *none)
{
	return put_string(c, "", XEN_CHANGESET_INFO_LEN);
}

static int32_t version_platform_parameters(struct subop_call *c, struct xen_platform_parameters *a)
{
	a->virt_start = guest_range_end(c->d);
	return 0;
}

static int32_t version_get_features(struct subop_call *c, struct xen_feature_info *a)
{
	if (a->submap_idx >= XENFEAT_NR_SUBMAPS)
		return trace_error(-XEN_EINVAL);
	a->submap = domain_features(c->d);
	return 0;
}

static int32_t version_pagesize(struct subop_call *c, struct subop_none *none)
{
	return c->at.a ? trace_error(-XEN_EINVAL) : (int32_t)PAGE_SIZE;
}

/* What the tools gave it; the first domain's is zero. */
static int32_t version_guest_handle(struct subop_call *c, xen_domain_handle_t *a)
{
	memcpy(*a, c->d->handle, sizeof(*a));
	return 0;
}

static int32_t version_commandline(struct subop_call *c, struct subop_none *none)
{
	return put_string(c, c->d->privileged ? boot_info.cmdline : "<denied>",
			  sizeof(xen_commandline_t));
}

static int32_t version_build_id(struct subop_call *c, struct subop_none *none)
{
	return trace_error(-XEN_ENODATA); /* linked without one: reproducible */
}

static __attribute__((noinline)) int32_t describe(uint32_t cmd, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(XENVER_##name, version_##name, argument, way, privilege),
#include "control/version_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_xen_version);

	return subop_run(&table, cmd, arg);
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
	return describe(cmd, arg);
}
