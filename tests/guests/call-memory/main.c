/* SPDX-License-Identifier: MIT */
/*
 * Question: does memory_op describe the machine as the interface says?
 *
 * Expected: a memory map of at least one RAM entry that covers the domain's pages, the M2P's
 * place and frames, the highest machine frame, -EFAULT and -ENOSYS where they belong. The
 * machine map is for the privileged.
 */
#include "guest.h"
#include "mm.h"

/* As the BIOS returns it; packed there. */
struct e820 {
	uint64_t base, size;
	uint32_t type;
} __attribute__((packed));

static struct e820 map[128];
static xen_pfn_t extents[64];

static long memory_map(unsigned int cmd, unsigned int *n)
{
	struct xen_memory_map m = { .nr_entries = *n };
	long ret;

	set_xen_guest_handle(m.buffer, (void *)map);
	ret = ringone_memory_op(cmd, &m);
	*n = m.nr_entries;
	return ret;
}

void test_main(void)
{
	struct xen_machphys_mfn_list list = { .max_extents = 64 };
	struct xen_memory_domain other = { .domid = 77 };
	unsigned int n = 128;
	uint64_t ram = 0;

	if (on_ringone || !(start_info->flags & SIF_INITDOMAIN)) {
		EXPECT(memory_map(XENMEM_memory_map, &n), 0);
		for (unsigned int i = 0; i < n && i < 128; i++) {
			note("%llx + %llx type %u", map[i].base, map[i].size, map[i].type);
			ram += map[i].type == 1 ? map[i].size : 0;
		}
		CHECK(ram >= (uint64_t)start_info->nr_pages * PAGE_SIZE, "%llx of RAM", ram);
	}
	n = 128;
	if (start_info->flags & SIF_INITDOMAIN) {
		EXPECT(memory_map(XENMEM_machine_memory_map, &n), 0);
		CHECK(n > 1, "%u entries", n);
	} else {
		EXPECT(memory_map(XENMEM_machine_memory_map, &n), -XEN_EPERM);
	}
	long top = ringone_memory_op(XENMEM_maximum_ram_page, NULL);

	note("highest frame %lx, M2P up to %lx", top, m2p_range.max_mfn);
	for (unsigned int pfn = 0; pfn < start_info->nr_pages; pfn++)
		if ((long)p2m[pfn] > top) {
			guest_fail("mfn %x is above the highest frame %lx", (unsigned int)p2m[pfn],
				   top);
			break;
		}
	CHECK((long)m2p_range.max_mfn >= top, "M2P ends at %lx", m2p_range.max_mfn);
	CHECK(m2p_range.v_end > m2p_range.v_start, "empty M2P");

	set_xen_guest_handle(list.extent_start, extents);
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	CHECK(list.nr_extents >= 1, "%u", list.nr_extents);
	list.max_extents = 0;
	EXPECT(ringone_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	EXPECT(list.nr_extents, 0);

	EXPECT(ringone_memory_op(XENMEM_current_reservation, (void *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_memory_op(XENMEM_current_reservation, &other),
	       start_info->flags & SIF_INITDOMAIN ? -XEN_ESRCH : -XEN_EPERM);
	EXPECT(ringone_memory_op(60, NULL), -XEN_ENOSYS);
	/* Translated guests only, and we are not one. */
	struct xen_remove_from_physmap rm = { .domid = DOMID_SELF };

	CHECK(ringone_memory_op(XENMEM_remove_from_physmap, &rm) < 0, "worked on a PV guest");
}
