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

/* A number of xen_memory_domain's domain, which for most callers is their own. */
static int32_t number_of(const struct subop_call *c, const struct xen_memory_domain *a,
			 int32_t (*number)(const struct domain *d))
{
	struct domain *d;
	int32_t rc;

	if (likely(a->domid == DOMID_SELF))
		return number(c->d);
	rc = domain_named(c->d, a->domid, &d);
	if (rc)
		return trace_error(rc);
	rc = number(d);
	domain_put(d);
	return rc;
}

static int32_t pages_now(const struct domain *d)
{
	return d->mm.nr_pages;
}

static int32_t pages_at_most(const struct domain *d)
{
	return MIN(d->mm.max_pages, 0x7fffffffU);
}

/* As the guest itself keeps it in shared_info, if it does. */
static int32_t last_gpfn(const struct domain *d)
{
	int32_t frames = READ_ONCE(d->shared->arch.max_pfn);

	return frames > 0 ? frames - 1 : 0;
}

int32_t memory_current_reservation(struct subop_call *c, struct xen_memory_domain *a)
{
	return number_of(c, a, pages_now);
}

int32_t memory_maximum_reservation(struct subop_call *c, struct xen_memory_domain *a)
{
	return number_of(c, a, pages_at_most);
}

int32_t memory_maximum_gpfn(struct subop_call *c, struct xen_memory_domain *a)
{
	return number_of(c, a, last_gpfn);
}

int32_t memory_maximum_ram_page(struct subop_call *c, struct subop_none *none)
{
	return max_mfn - 1;
}

static gva_t entries_at(const struct xen_memory_map *map)
{
	return GVA((uint32_t)map->buffer.p);
}

/*
 * The domain's own map (E820 entries of the interface): what the tools said of
 * it, or one block of memory from 0 up.
 */
int32_t memory_memory_map(struct subop_call *c, struct xen_memory_map *map)
{
	struct domain *d = c->d;
	const struct e820_entry block = {
		.size = (uint64_t)d->mm.nr_pages << PAGE_SHIFT,
		.type = E820_RAM,
	};

	map->nr_entries = MIN(map->nr_entries, d->mm.e820 ? d->mm.nr_e820 : 1U);
	if (copy_to_guest_raw(entries_at(map), d->mm.e820 ? d->mm.e820 : &block,
			      map->nr_entries * sizeof(block)))
		return trace_error(-XEN_EFAULT);
	return 0;
}

/* The map that a domain is to see, from the tools that build it; before that it has none. */
int32_t memory_set_memory_map(struct subop_call *c, struct xen_foreign_memory_map *f)
{
	struct e820_entry *map, *old;
	struct domain *d;
	uint32_t bytes;
	int rc;

	if (!TRUST_CHECK(5, 5, f->map.nr_entries && f->map.nr_entries <= MAX_E820))
		return trace_error(-XEN_EINVAL);
	rc = domain_named(c->d, f->domid, &d);
	if (rc)
		return trace_error(rc);
	bytes = f->map.nr_entries * sizeof(*map);
	map = heap_alloc(bytes);
	rc = map ? 0 : trace_error(-XEN_ENOMEM);
	if (!rc && copy_from_guest_raw(map, entries_at(&f->map), bytes))
		rc = trace_error(-XEN_EFAULT);
	if (!rc) {
		spin_lock(&d->lock);
		old = d->mm.e820;
		d->mm.e820 = map;
		d->mm.nr_e820 = f->map.nr_entries;
		spin_unlock(&d->lock);
		map = old;
	}
	heap_free(map);
	domain_put(d);
	return rc;
}

/* The machine's own map, for the domain that drives its devices.  No buffer: only the number. */
int32_t memory_machine_memory_map(struct subop_call *c, struct xen_memory_map *map)
{
	gva_t to = entries_at(map);

	if (!to.a) {
		map->nr_entries = boot_info.nr_e820;
		return 0;
	}
	map->nr_entries = MIN(map->nr_entries, boot_info.nr_e820);
	if (copy_to_guest_raw(to, boot_info.e820, map->nr_entries * sizeof(boot_info.e820[0])))
		return trace_error(-XEN_EFAULT);
	return 0;
}

/* Where the caller finds the M2P: modern and classic kernels differ (DESIGN 4). */
int32_t memory_machphys_mapping(struct subop_call *c, struct xen_machphys_mapping *map)
{
	map->v_start = c->d->classic ? CLASSIC_M2P_START : M2P_RO_START;
	map->v_end = map->v_start + m2p_bytes;
	map->max_mfn = m2p_bytes / 4 - 1;
	return 0;
}

/* First frame of each 2 MiB of the M2P, all of which DOMID_XEN's mappings show (dom_xen, page.h). */
int32_t memory_machphys_mfn_list(struct subop_call *c, struct xen_machphys_mfn_list *list)
{
	list->nr_extents = MIN(list->max_extents, m2p_runs);
	for (uint32_t i = 0; i < list->nr_extents; i++) {
		xen_pfn_t mfn = m2p_first.n + i * LARGE_PAGE_FRAMES;

		if (copy_to_guest(list->extent_start, i, &mfn))
			return trace_error(-XEN_EFAULT);
	}
	return 0;
}

int32_t memory_machphys_compat_mfn_list(struct subop_call *c, struct xen_machphys_mfn_list *list)
{
	return memory_machphys_mfn_list(c, list);
}

#define NO_NODE   0xff
#define MAX_NODES 64

/* Wishes that cannot be: memory on demand, below the first page, on a node there is not. */
static bool wishes_ok(const struct subop_call *c, const struct xen_memory_reservation *r)
{
	uint32_t bits = XENMEMF_get_address_bits(r->mem_flags);
	uint32_t node = XENMEMF_get_node(r->mem_flags);

	if (c->cmd == XENMEM_populate_physmap && r->mem_flags & XENMEMF_populate_on_demand)
		return false;
	if (bits && bits <= PAGE_SHIFT)
		return false;
	if (node == NO_NODE || r->mem_flags & XENMEMF_vnode)
		return true;
	return c->d->privileged ? node < MAX_NODES : !(r->mem_flags & XENMEMF_exact_node_request);
}

/*
 * The three of reservation.c.  Their answer is how many extents are done, and never an error:
 * who asks for what cannot be has got none, or as many as before.
 */
static int32_t change(const struct subop_call *c, const struct xen_memory_reservation *r)
{
	const uint32_t start = c->count;
	const int32_t before = start >> reservation_pieces(r);
	struct domain *d;
	int32_t done;
	int rc;

	/* How far it has come is the guest's to change: beyond the end there is nothing to do. */
	if (r->nr_extents > 0x7fffffffU >> (MEMOP_CMD_BITS + reservation_pieces(r)) ||
	    !wishes_ok(c, r)) {
		trace_error(-XEN_EINVAL);
		return before;
	}
	rc = domain_named(c->d, r->domid, &d);
	if (rc) {
		trace_error(rc);
		return before;
	}
	done = reservation(d, c->cmd, r, start);
	domain_put(d);
	/* All of them, or as many as there were: that is the answer.  Preempted: come back. */
	if (!(done & RESERVATION_PREEMPTED))
		return done;
	done &= ~RESERVATION_PREEMPTED;
	return hypercall_continue(__HYPERVISOR_memory_op, 2, c->cmd | done << MEMOP_CMD_BITS,
				  c->at.a, 0, 0);
}

int32_t memory_increase_reservation(struct subop_call *c, struct xen_memory_reservation *r)
{
	return change(c, r);
}

int32_t memory_decrease_reservation(struct subop_call *c, struct xen_memory_reservation *r)
{
	return change(c, r);
}

int32_t memory_populate_physmap(struct subop_call *c, struct xen_memory_reservation *r)
{
	return change(c, r);
}

static bool changes_memory(uint32_t cmd)
{
	return cmd == XENMEM_increase_reservation || cmd == XENMEM_decrease_reservation ||
	       cmd == XENMEM_populate_physmap;
}

/* op: XENMEM_*, and in its upper bits where to carry on. */
int32_t do_memory_op(uint32_t op, gva_t arg)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(XENMEM_##name, memory_##name, argument, way, privilege),
#define OP_REFUSED(name, error) SUBOP_REFUSED(XENMEM_##name, error),
#include "mm/memory_ops.def"
#undef OP
#undef OP_REFUSED
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_memory_op);
	struct subop_call c;
	int32_t rc;

	subop_call_of(&c, op & ((1U << MEMOP_CMD_BITS) - 1), arg);
	c.count = op >> MEMOP_CMD_BITS;
	rc = subop_perform(&table, &c);
	/* What cannot be read asks for nothing (see change()). */
	return rc == -XEN_EFAULT && !c.count && changes_memory(c.cmd) ? 0 : rc;
}
