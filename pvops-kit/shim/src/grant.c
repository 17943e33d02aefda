/* SPDX-License-Identifier: MIT */
/*
 * Grants: which frames another domain may touch. The table is memory that both we and the
 * hypervisor read and write: an entry becomes valid by one store of its flags, behind the rest,
 * and is taken back by one compare-and-swap, because the other side may take hold of the frame at
 * any moment before it.
 */
#include <ringone/shim.h>
#include <xen/errno.h>

#define IN_USE (GTF_reading | GTF_writing)

long ringone_grants_init(struct ringone_grants *g)
{
	xen_pfn_t frame = 0;
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	long error;

	set_xen_guest_handle(setup.frame_list, &frame);
	error = ringone_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	if (!error && setup.status)
		error = setup.status == GNTST_permission_denied ? -XEN_EPERM : -XEN_EINVAL;
	if (error)
		return error;
	g->table = ringone_os_map(frame);
	g->next = GNTTAB_NR_RESERVED_ENTRIES;
	return g->table ? 0 : -XEN_ENOMEM;
}

static grant_ref_t enter(struct ringone_grants *g, domid_t to, unsigned long frame, uint16_t flags)
{
	for (unsigned int i = GNTTAB_NR_RESERVED_ENTRIES; i < RINGONE_GRANTS; i++) {
		grant_ref_t ref = g->next;
		grant_entry_v1_t *e = &g->table[ref];

		g->next = ref + 1 < RINGONE_GRANTS ? ref + 1 : GNTTAB_NR_RESERVED_ENTRIES;
		if (*(volatile uint16_t *)&e->flags)
			continue;
		e->frame = frame;
		e->domid = to;
		xen_wmb();
		*(volatile uint16_t *)&e->flags = flags;
		return ref;
	}
	return 0;
}

grant_ref_t ringone_grant(struct ringone_grants *g, domid_t to, unsigned long frame, int readonly)
{
	return enter(g, to, frame, GTF_permit_access | (readonly ? GTF_readonly : 0));
}

grant_ref_t ringone_grant_transfer(struct ringone_grants *g, domid_t to)
{
	return enter(g, to, 0, GTF_accept_transfer);
}

unsigned long ringone_grant_received(struct ringone_grants *g, grant_ref_t ref)
{
	volatile uint16_t *flags = &g->table[ref].flags;
	unsigned long mfn;

	/* From commit to completion, or back, is within one hypercall of the other side. */
	while (!(*flags & GTF_transfer_completed)) {
		if (!(*flags & GTF_transfer_committed))
			return 0;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	xen_rmb();
	mfn = g->table[ref].frame;
	*flags = 0;
	return mfn;
}

long ringone_grant_end(struct ringone_grants *g, grant_ref_t ref)
{
	uint16_t *flags = &g->table[ref].flags;
	uint16_t seen = *(volatile uint16_t *)flags;

	while (!(seen & IN_USE)) {
		uint16_t before = __sync_val_compare_and_swap(flags, seen, 0);

		if (before == seen)
			return 0;
		seen = before;
	}
	return -XEN_EBUSY;
}
