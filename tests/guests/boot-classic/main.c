/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel that has never heard of Ringone find hole and M2P where Xen's headers
 * have always put them?
 *
 * Expected on Ringone: virt_start and the M2P are 0xF5800000. On a 64-bit Xen the note
 * HV_START_LOW lets the hole begin higher, so there only "not lower" is asked. The M2P must be
 * readable through the reported place in both.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	const xen_pfn_t *m2p = (const xen_pfn_t *)m2p_range.v_start;

	note("hole at %08x, M2P at %08x", (unsigned int)hole_start,
	     (unsigned int)m2p_range.v_start);
	if (on_ringone) {
		EXPECT(hole_start, HYPERVISOR_VIRT_START_PAE);
		EXPECT(m2p_range.v_start, MACH2PHYS_VIRT_START_PAE);
	}
	CHECK(hole_start >= HYPERVISOR_VIRT_START_PAE, "%x", (unsigned int)hole_start);
	EXPECT(m2p[p2m[0]], 0);
	EXPECT(m2p[p2m[start_info->nr_pages - 1]], start_info->nr_pages - 1);
	EXPECT_FAULT(PF, *(volatile xen_pfn_t *)m2p_range.v_start = 1);
	EXPECT(trap.error & 3, 3);
}
