/* SPDX-License-Identifier: MIT */
/*
 * memory_op: what memory there is, and where things lie.  Getting and giving
 * back memory is in reservation.c and exchange.c.
 *
 * The upper bits of the command say where a call that was preempted carries on.
 */
#include "internal.h"
#include "memory_op.h"
#include "mm.h"
#include "boot.h"
#include "call/call.h"
#include "domain/domain.h"

static int32_t query_domain(uint32_t cmd, gva_t arg)
{
	struct xen_memory_domain q;
	struct domain *d;
	int rc;

	if (copy_from_guest_raw(&q, arg, sizeof(q)))
		return -XEN_EFAULT;
	rc = domain_named(current->domain, q.domid, &d);
	if (rc)
		return rc;
	switch (cmd) {
	case XENMEM_current_reservation:
		rc = d->mm.nr_pages;
		break;
	case XENMEM_maximum_reservation:
		rc = MIN(d->mm.max_pages, 0x7fffffffU);
		break;
	default: /* maximum_gpfn: as the guest itself keeps it in shared_info, if it does */
		rc = READ_ONCE(d->shared->arch.max_pfn);
		rc = rc > 0 ? rc - 1 : 0;
	}
	domain_put(d);
	return rc;
}

/*
 * The domain's own map (E820 entries of the interface): what the tools said of
 * it, or one block of memory from 0 up.
 */
static int32_t memory_map(gva_t arg)
{
	struct domain *d = current->domain;
	struct xen_memory_map map;
	const struct e820_entry block = {
		.size = (uint64_t)d->mm.nr_pages << PAGE_SHIFT,
		.type = E820_RAM,
	};

	if (copy_from_guest_raw(&map, arg, sizeof(map)))
		return -XEN_EFAULT;
	map.nr_entries = MIN(map.nr_entries, d->mm.e820 ? d->mm.nr_e820 : 1U);
	if (copy_to_guest_raw(GVA((uint32_t)map.buffer.p), d->mm.e820 ? d->mm.e820 : &block,
			      map.nr_entries * sizeof(block)))
		return -XEN_EFAULT;
	return copy_to_guest_raw(arg, &map, sizeof(map)) ? -XEN_EFAULT : 0;
}

/* The map that a domain is to see, from the tools that build it; before that it has none. */
static int32_t set_memory_map(gva_t arg)
{
	struct xen_foreign_memory_map f;
	struct e820_entry *map, *old;
	struct domain *d;
	uint32_t bytes;
	int rc;

	if (copy_from_guest_raw(&f, arg, sizeof(f)))
		return -XEN_EFAULT;
	if (!TRUST_CHECK(5, 5, f.map.nr_entries && f.map.nr_entries <= MAX_E820))
		return -XEN_EINVAL;
	rc = domain_named(current->domain, f.domid, &d);
	if (rc)
		return rc;
	bytes = f.map.nr_entries * sizeof(*map);
	map = heap_alloc(bytes);
	rc = map ? 0 : -XEN_ENOMEM;
	if (!rc && copy_from_guest_raw(map, GVA((uint32_t)f.map.buffer.p), bytes))
		rc = -XEN_EFAULT;
	if (!rc) {
		spin_lock(&d->lock);
		old = d->mm.e820;
		d->mm.e820 = map;
		d->mm.nr_e820 = f.map.nr_entries;
		spin_unlock(&d->lock);
		map = old;
	}
	heap_free(map);
	domain_put(d);
	return rc;
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

/* First frame of each 2 MiB of the M2P, all of which DOMID_XEN's mappings show (dom_xen, page.h). */
static int32_t machphys_mfn_list(gva_t arg)
{
	struct xen_machphys_mfn_list list;

	if (copy_from_guest_raw(&list, arg, sizeof(list)))
		return -XEN_EFAULT;
	list.nr_extents = MIN(list.max_extents, m2p_runs);
	for (uint32_t i = 0; i < list.nr_extents; i++) {
		xen_pfn_t mfn = m2p_first.n + i * LARGE_PAGE_FRAMES;

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
	/* Continuation state is the guest's to change: an extent beyond the end is no extent. */
	if (!TRUST_CHECK(5, 1, start <= r.nr_extents) ||
	    r.nr_extents > 0x7fffffff >> MEMOP_CMD_BITS)
		return -XEN_EINVAL;
	rc = domain_named(current->domain, r.domid, &d);
	if (rc)
		return rc;
	done = reservation(d, cmd, &r, start);
	domain_put(d);
	/* All of them, or as many as there were: that is the answer.  Preempted: come back. */
	if (!(done & RESERVATION_PREEMPTED))
		return done;
	done &= ~RESERVATION_PREEMPTED;
	return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd | done << MEMOP_CMD_BITS, arg.a, 0,
				  0);
}

/* op: XENMEM_*, and in its upper bits where to carry on. */
int32_t do_memory_op(uint32_t op, gva_t arg)
{
	uint32_t cmd = op & ((1U << MEMOP_CMD_BITS) - 1), start = op >> MEMOP_CMD_BITS;
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
	case XENMEM_set_memory_map:
		rc = set_memory_map(arg);
		break;
	case XENMEM_get_vnumainfo:    /* there are no nodes to tell of */
	case XENMEM_acquire_resource: /* the tools then map the frames they mean */
		return -XEN_EOPNOTSUPP;
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
