/* SPDX-License-Identifier: MIT */
/*
 * memory_op: what memory there is, and where things lie.  Getting and giving
 * back memory is in reservation.c and exchange.c.
 *
 * The upper bits of the command say where a call that was preempted carries on.
 */
#include "boot.h"
#include "hypercall.h"
#include "internal.h"
#include "memory_op.h"

/* The domain a query or reservation is about: there is only the caller to ask for. */
static int resolve_domain(domid_t domid, struct domain **d)
{
	*d = current->domain;
	if (domid == DOMID_SELF || domid == (*d)->id)
		return 0;
	return (*d)->privileged ? -XEN_ESRCH : -XEN_EPERM;
}

static int32_t query_domain(uint32_t cmd, gva_t arg)
{
	struct xen_memory_domain q;
	struct domain *d;
	int rc;

	if (copy_from_guest_raw(&q, arg, sizeof(q)))
		return -XEN_EFAULT;
	rc = resolve_domain(q.domid, &d);
	if (rc)
		return rc;
	switch (cmd) {
	case XENMEM_current_reservation:
		return d->nr_pages;
	case XENMEM_maximum_reservation:
		return MIN(d->max_pages, 0x7fffffffU);
	default: /* maximum_gpfn: as the guest itself keeps it in shared_info */
		return READ_ONCE(d->shared->arch.max_pfn) - 1;
	}
}

/* One block of memory from 0 up: what a domain of its own sees (E820 entries of the interface). */
static int32_t memory_map(gva_t arg)
{
	struct xen_memory_map map;
	struct e820_entry e = {
		.size = (uint64_t)current->domain->nr_pages << PAGE_SHIFT,
		.type = E820_RAM,
	};

	if (copy_from_guest_raw(&map, arg, sizeof(map)))
		return -XEN_EFAULT;
	map.nr_entries = MIN(map.nr_entries, 1U);
	if (map.nr_entries && copy_to_guest_raw(GVA((uint32_t)map.buffer.p), &e, sizeof(e)))
		return -XEN_EFAULT;
	return copy_to_guest_raw(arg, &map, sizeof(map)) ? -XEN_EFAULT : 0;
}

/* The machine's own map, for the domain that drives its devices.  No buffer: only the number. */
static int32_t machine_memory_map(gva_t arg)
{
	struct xen_memory_map map;
	gva_t to;

	if (copy_from_guest_raw(&map, arg, sizeof(map)))
		return -XEN_EFAULT;
	to = GVA((uint32_t)map.buffer.p);
	if (!to.a) {
		map.nr_entries = boot_info.nr_e820;
	} else {
		map.nr_entries = MIN(map.nr_entries, boot_info.nr_e820);
		if (copy_to_guest_raw(to, boot_info.e820,
				      map.nr_entries * sizeof(boot_info.e820[0])))
			return -XEN_EFAULT;
	}
	return copy_to_guest_raw(arg, &map, sizeof(map)) ? -XEN_EFAULT : 0;
}

/* Where the caller finds the M2P: modern and classic kernels differ (DESIGN 4). */
static int32_t machphys_mapping(gva_t arg)
{
	uint32_t start = current->domain->classic ? CLASSIC_M2P_START : M2P_RO_START;
	struct xen_machphys_mapping map = {
		.v_start = start,
		.v_end = start + m2p_bytes,
		.max_mfn = m2p_bytes / 4 - 1,
	};

	return copy_to_guest_raw(arg, &map, sizeof(map)) ? -XEN_EFAULT : 0;
}

/* First frame of each 2 MiB of the M2P; its frames are in one row (boot/paging.c). */
static int32_t machphys_mfn_list(gva_t arg)
{
	const uint32_t per_extent = 512;
	uint32_t extents = ROUND_UP(m2p_bytes, per_extent * PAGE_SIZE) / (per_extent * PAGE_SIZE);
	struct xen_machphys_mfn_list list;

	if (copy_from_guest_raw(&list, arg, sizeof(list)))
		return -XEN_EFAULT;
	list.nr_extents = MIN(list.max_extents, extents);
	for (uint32_t i = 0; i < list.nr_extents; i++) {
		xen_pfn_t mfn = pte_mfn(m2p_ro_l1[i * per_extent]).n;

		if (copy_to_guest(list.extent_start, i, &mfn))
			return -XEN_EFAULT;
	}
	return copy_to_guest_raw(arg, &list, sizeof(list)) ? -XEN_EFAULT : 0;
}

static int32_t change_reservation(uint32_t cmd, uint32_t start, gva_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int32_t done;
	int rc;

	if (copy_from_guest_raw(&r, arg, sizeof(r)))
		return -XEN_EFAULT;
	rc = resolve_domain(r.domid, &d);
	if (rc)
		return rc;
	/* Continuation state is the guest's to change: an extent beyond the end is no extent. */
	if (!TRUST_CHECK(5, 1, start <= r.nr_extents) ||
	    r.nr_extents > 0x7fffffff >> MEMOP_CMD_BITS)
		return -XEN_EINVAL;
	done = reservation(d, cmd, &r, start);
	/* All of them, or as many as there were: that is the answer.  Preempted: come back. */
	if (!(done & RESERVATION_PREEMPTED))
		return done;
	done &= ~RESERVATION_PREEMPTED;
	return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd | done << MEMOP_CMD_BITS, arg.a, 0,
				  0);
}

/* a1: XENMEM_* (and where to carry on), a2: argument. */
int32_t do_memory_op(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	uint32_t cmd = a1 & ((1U << MEMOP_CMD_BITS) - 1), start = a1 >> MEMOP_CMD_BITS;
	gva_t arg = GVA(a2);
	int32_t rc;

	if (!subop_permitted(__HYPERVISOR_memory_op, cmd))
		return trace_error(-XEN_EPERM);

	switch (cmd) {
	case XENMEM_maximum_ram_page:
		return max_mfn - 1;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		rc = query_domain(cmd, arg);
		break;
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		rc = change_reservation(cmd, start, arg);
		break;
	case XENMEM_exchange:
		rc = memory_exchange(arg);
		break;
	case XENMEM_memory_map:
		rc = memory_map(arg);
		break;
	case XENMEM_machine_memory_map:
		rc = machine_memory_map(arg);
		break;
	case XENMEM_machphys_mapping:
		rc = machphys_mapping(arg);
		break;
	case XENMEM_machphys_mfn_list:
	case XENMEM_machphys_compat_mfn_list:
		rc = machphys_mfn_list(arg);
		break;
	case XENMEM_add_to_physmap:
	case XENMEM_add_to_physmap_batch:
	case XENMEM_remove_from_physmap:
		/* A paravirtual guest keeps its physical map itself. */
		rc = -XEN_EACCES;
		break;
	default:
		return -XEN_ENOSYS;
	}
	return rc < 0 ? trace_error(rc) : rc;
}
