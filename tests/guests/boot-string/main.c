/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel that introduces itself by the legacy __xen_guest section start?
 *
 * Expected: it does, as a classic kernel; its hypercall page is where the string's page number
 * said (the framework would not get this far without).
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "no version");
	EXPECT((unsigned long)ringone_hypercall_page, GUEST_VIRT_BASE + 0x100000);
	if (on_ringone)
		EXPECT(hole_start, HYPERVISOR_VIRT_START_PAE);
}
