/* SPDX-License-Identifier: MIT */
/* The pages through which this domain says who may touch its memory. */
#include <i386/pv/pvvar.h>

#include <xen/interface/grant_table.h>

#define	MOST	32	/* pages of it that anybody ever allows */

/* Maps the first @n of them from @at on. */
int
pv_map_grants(char *at, u_int n)
{
	struct gnttab_setup_table setup;
	unsigned long frames[MOST];
	u_int i;

	if (n > MOST)
		return (ENOSPC);
	setup.dom = DOMID_SELF;
	setup.nr_frames = n;
	set_xen_guest_handle(setup.frame_list, frames);
	if (HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &setup, 1) != 0 ||
	    setup.status != GNTST_okay)
		return (ENXIO);
	for (i = 0; i < n; i++)
		pmap_kenter((vm_offset_t)at + ptoa(i), ptoa((vm_paddr_t)frames[i]));
	return (0);
}
