/* SPDX-License-Identifier: MIT */
/*
 * Question: does a modern kernel at 3 GiB start as the interface documents it?
 *
 * Expected: start_info is sane, the bootstrap tables are where it says and mapped read-only, the
 * page list matches the M2P, and the guest runs in ring 1 with flat segments.
 */
#include "guest.h"
#include "mm.h"

void test_main(void)
{
	struct ringone_cpuid r;
	unsigned short cs;

	note("magic %s, %u pages, flags %x, command line '%s'", start_info->magic,
	     (unsigned int)start_info->nr_pages, start_info->flags, (char *)start_info->cmd_line);
	/* For tests/boot/machines. */
	const char *line = (const char *)start_info->cmd_line;
	size_t length = strlen(line);

	note("command line of %u bytes, ending in '%s'", (unsigned int)length,
	     length > 12 ? line + length - 12 : line);
	note("hole at %08x, M2P %08x to %08x, max mfn %x, Ringone features %x",
	     (unsigned int)hole_start, (unsigned int)m2p_range.v_start,
	     (unsigned int)m2p_range.v_end, (unsigned int)m2p_range.max_mfn, features);

	CHECK(!memcmp(start_info->magic, "xen-3.0-x86_32p", 15), "magic is %s", start_info->magic);
	asm("mov %%cs, %0" : "=r"(cs));
	EXPECT(cs & 3, 1);
	EXPECT(cs, FLAT_KERNEL_CS);
	/* "XenV" "MMXe" "nVMM", which Ringone says as well */
	ringone_forced_cpuid(0x40000000, 0, &r);
	EXPECT(r.ebx, 0x566e6558);
	EXPECT(r.ecx, 0x65584d4d);
	EXPECT(r.edx, 0x4d4d566e);
	EXPECT(start_info->pt_base % PAGE_SIZE, 0);
	CHECK(start_info->nr_pt_frames >= 3, "%u", (unsigned int)start_info->nr_pt_frames);
	for (unsigned int pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (((xen_pfn_t *)m2p_range.v_start)[p2m[pfn]] != pfn) {
			guest_fail("pfn %x has mfn %x, whose M2P entry is %x", pfn,
				   (unsigned int)p2m[pfn],
				   (unsigned int)((xen_pfn_t *)m2p_range.v_start)[p2m[pfn]]);
			break;
		}
	EXPECT_FAULT(PF, *(volatile uint64_t *)start_info->pt_base = 0);
	EXPECT(trap.error & 7, 3);
	EXPECT(trap.cr2, start_info->pt_base);
	EXPECT(vcpu->evtchn_upcall_mask, 1);
}
