/* SPDX-License-Identifier: MIT */
/*
 * Pages that change hands ("page flipping"): the frame with the data in it becomes the other
 * domain's, nothing is copied. Who sends needs a fresh frame afterwards and who receives gives one
 * back before, so that both keep as much memory as they had.
 *
 * All goes in batches of at most RINGONE_FLIP pages: one multicall for their page-table entries,
 * one call for the frames.
 */
#include <ringone/shim.h>
#include <xen/errno.h>

#define PRESENT  0x63 /* present, writable, accessed, dirty */
#define UNMAPPED (~0ul)

/* Entries for @n pages; @mfn NULL: none. The last one flushes. */
static long remap(void *const *page, const xen_pfn_t *mfn, unsigned int n)
{
	multicall_entry_t call[RINGONE_FLIP];
	long error;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t pte = mfn ? (uint64_t)mfn[i] << 12 | PRESENT : 0;

		call[i].op = __HYPERVISOR_update_va_mapping;
		call[i].args[0] = (unsigned long)page[i];
		call[i].args[1] = (uint32_t)pte;
		call[i].args[2] = pte >> 32;
		call[i].args[3] = mfn ? 0 : i + 1 < n ? 0 : UVMF_TLB_FLUSH | UVMF_LOCAL;
	}
	error = n ? ringone_multicall(call, n) : 0;
	for (unsigned int i = 0; i < n && !error; i++)
		error = (int32_t)call[i].result;
	return error;
}

static long reservation(unsigned int cmd, xen_pfn_t *list, unsigned int n)
{
	struct xen_memory_reservation r = { .nr_extents = n, .domid = DOMID_SELF };
	long done;

	set_xen_guest_handle(r.extent_start, list);
	done = n ? ringone_memory_op(cmd, &r) : 0;
	return done < 0 ? done : done == (long)n ? 0 : -XEN_ENOMEM;
}

long ringone_flip_release(void *const *page, unsigned int n)
{
	xen_pfn_t mfn[RINGONE_FLIP];
	long error;

	for (unsigned int i = 0; i < n; i++)
		mfn[i] = ringone_os_frame(page[i]);
	error = remap(page, NULL, n);
	return error ? error : reservation(XENMEM_decrease_reservation, mfn, n);
}

long ringone_flip_place(void *const *page, const xen_pfn_t *mfn, unsigned int n)
{
	long error = remap(page, mfn, n);

	for (unsigned int i = 0; i < n && !error; i++)
		ringone_os_reframe(page[i], mfn[i]);
	return error;
}

long ringone_flip_refill(void *const *page, unsigned int n)
{
	xen_pfn_t mfn[RINGONE_FLIP] = { 0 };
	long error = reservation(XENMEM_increase_reservation, mfn, n);

	return error ? error : ringone_flip_place(page, mfn, n);
}

long ringone_flip_send(domid_t to, void *const *page, const grant_ref_t *ref, int16_t *status,
		       unsigned int n)
{
	gnttab_transfer_t op[RINGONE_FLIP];
	xen_pfn_t mfn[RINGONE_FLIP];
	void *gone[RINGONE_FLIP], *kept[RINGONE_FLIP];
	unsigned int n_gone = 0, n_kept = 0;
	long error;

	for (unsigned int i = 0; i < n; i++) {
		op[i].mfn = ringone_os_frame(page[i]);
		op[i].domid = to;
		op[i].ref = ref[i];
		op[i].status = GNTST_general_error;
	}
	error = remap(page, NULL, n);
	if (!error)
		error = ringone_grant_table_op(GNTTABOP_transfer, op, n);
	if (error)
		return error;
	for (unsigned int i = 0; i < n; i++) {
		status[i] = op[i].status;
		if (status[i] == GNTST_okay) {
			gone[n_gone++] = page[i];
		} else {
			mfn[n_kept] = op[i].mfn;
			kept[n_kept++] = page[i];
		}
	}
	error = ringone_flip_place(kept, mfn, n_kept);
	return error ? error : ringone_flip_refill(gone, n_gone);
}
