/* SPDX-License-Identifier: MIT */
/*
 * Question: does xen_version answer every sub-operation?
 *
 * Expected: a version of at least 4.0, an extraversion that starts with a dot or is empty, a
 * capability string with x86_32p, page size 4096, the features a PAE PV guest may rely on,
 * -ENOSYS for a sub-operation that does not exist, and -EFAULT for a bad pointer.
 */
#include "guest.h"
#include "mm.h"

static int contains(const char *s, const char *word)
{
	for (; *s; s++)
		if (!memcmp(s, word, strlen(word)))
			return 1;
	return 0;
}

void test_main(void)
{
	static xen_capabilities_info_t caps;
	static struct xen_compile_info ci;
	static xen_changeset_info_t cs;
	static xen_commandline_t cl;
	xen_extraversion_t extra = "";
	xen_domain_handle_t handle;
	struct xen_feature_info fi = { 0 };
	long v = ringone_xen_version(XENVER_version, NULL);

	note("version %ld.%ld", v >> 16, v & 0xffff);
	CHECK(v >= 0x00040000, "%lx", v);
	EXPECT(ringone_xen_version(XENVER_extraversion, extra), 0);
	note("extraversion '%s'", extra);
	CHECK(extra[0] == '.' || !extra[0], "'%s'", extra);
	EXPECT(ringone_xen_version(XENVER_compile_info, &ci), 0);
	note("compiled by %s with %s", ci.compile_by, ci.compiler);
	EXPECT(ringone_xen_version(XENVER_capabilities, caps), 0);
	note("capabilities '%s'", caps);
	CHECK(contains(caps, "xen-3.0-x86_32p"), "'%s'", caps);
	EXPECT(ringone_xen_version(XENVER_changeset, cs), 0);
	EXPECT(ringone_xen_version(XENVER_pagesize, NULL), 4096);
	EXPECT(ringone_xen_version(XENVER_guest_handle, handle), 0);
	EXPECT(ringone_xen_version(XENVER_commandline, cl), 0);
	EXPECT(ringone_xen_version(XENVER_get_features, &fi), 0);
	note("features %x", fi.submap);
	CHECK(fi.submap & 1 << XENFEAT_mmu_pt_update_preserve_ad, "%x", fi.submap);
	CHECK(fi.submap & 1 << XENFEAT_pae_pgdir_above_4gb, "%x", fi.submap);
	CHECK(!(fi.submap & 1 << XENFEAT_auto_translated_physmap), "%x", fi.submap);
	EXPECT(!!(fi.submap & 1 << XENFEAT_dom0), !!(start_info->flags & SIF_INITDOMAIN));
	fi.submap_idx = XENFEAT_NR_SUBMAPS;
	EXPECT(ringone_xen_version(XENVER_get_features, &fi), -XEN_EINVAL);
	EXPECT(ringone_xen_version(1000, NULL), -XEN_ENOSYS);
	EXPECT(ringone_xen_version(XENVER_extraversion, (void *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_xen_version(XENVER_get_features, (void *)0xfffffffe), -XEN_EFAULT);
}
