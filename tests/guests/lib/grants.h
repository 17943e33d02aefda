/* SPDX-License-Identifier: MIT */
#ifndef GRANTS_H
#define GRANTS_H

/* Grants between two domains, as tests use them; include second.h first. */
#include "mm.h"

#define GRANT_TABLE 0x51000000ul /* where grants_setup() maps the table's first frame */
#define grant_table ((volatile grant_entry_v1_t *)GRANT_TABLE)

/* This domain's table of one frame, mapped. */
static inline void grants_setup(void)
{
	static xen_pfn_t frame;
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1, .status = 99 };

	set_xen_guest_handle(s.frame_list, &frame);
	EXPECT(ringone_grant_table_op(GNTTABOP_setup_table, &s, 1), 0);
	EXPECT(s.status, GNTST_okay);
	map_page(GRANT_TABLE, frame, PTE_RW);
}

static inline void grant(grant_ref_t ref, domid_t to, xen_pfn_t frame, uint16_t flags)
{
	grant_table[ref].frame = frame;
	grant_table[ref].domid = to;
	asm volatile("" ::: "memory");
	grant_table[ref].flags = flags;
}

/* GNTST_*; the handle in *handle. */
static inline int grant_map_at(uint64_t addr, domid_t dom, grant_ref_t ref, uint32_t flags,
			       grant_handle_t *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = addr, .flags = flags, .ref = ref, .dom = dom, .status = 99
	};

	EXPECT(ringone_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0);
	*handle = m.handle;
	return m.status;
}

static inline int grant_unmap_at(uint64_t addr, uint64_t device, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref u = {
		.host_addr = addr, .dev_bus_addr = device, .handle = handle, .status = 99
	};

	EXPECT(ringone_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

#endif
