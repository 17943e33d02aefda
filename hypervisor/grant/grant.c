/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op: the tables themselves.  What is done with grants has a file
 * an operation.
 *
 * The frames of a table are the hypervisor's pages, shared with their domain
 * as writable memory for as long as it lives.
 */
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "unit.h"

_Static_assert(ARRAY_SIZE(((struct grant_table *)0)->frames) == MAX_GRANT_FRAMES, "one bound");

/* Whose table is meant: one's own, or for the privileged anybody's; with a reference. */
static int16_t table_of(struct domain *d, domid_t id, struct domain **of)
{
	switch (domain_named(d, id, of)) {
	case 0:
		return GNTST_okay;
	case -XEN_EPERM:
		return GNTST_permission_denied;
	default:
		return GNTST_bad_domain;
	}
}

static bool grow(struct domain *d, uint32_t nr_frames)
{
	struct grant_table *t = &d->grants;

	t->max_frames = MAX_GRANT_FRAMES;
	while (t->nr_frames < nr_frames) {
		void *va = heap_alloc_page();

		if (!va)
			return false;
		t->va[t->nr_frames] = va;
		t->frames[t->nr_frames] = heap_page_mfn(va);
		share_page_with_guest(t->frames[t->nr_frames], d, true);
		t->nr_frames++;
	}
	return true;
}

static int16_t setup(struct domain *of, const gnttab_setup_table_t *op)
{
	int16_t status = GNTST_okay;

	if (!TRUST_CHECK(22, 46, op->nr_frames <= MAX_GRANT_FRAMES))
		return GNTST_general_error;
	spin_lock(&of->grants.lock);
	if (of->dying || !grow(of, op->nr_frames))
		status = GNTST_no_space;
	for (uint32_t i = 0; status == GNTST_okay && i < op->nr_frames; i++) {
		xen_pfn_t mfn = of->grants.frames[i].n;

		if (copy_to_guest(op->frame_list, i, &mfn))
			status = GNTST_bad_virt_addr;
	}
	spin_unlock(&of->grants.lock);
	return status;
}

static int32_t setup_table(struct domain *d, gva_t arg)
{
	gnttab_setup_table_t op;
	struct domain *of;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	op.status = table_of(d, op.dom, &of);
	if (op.status == GNTST_okay) {
		op.status = setup(of, &op);
		domain_put(of);
	}
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t query_size(struct domain *d, gva_t arg)
{
	gnttab_query_size_t op;
	struct domain *of;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	op.status = table_of(d, op.dom, &of);
	if (op.status == GNTST_okay) {
		op.nr_frames = of->grants.nr_frames;
		op.max_nr_frames = MAX_GRANT_FRAMES;
		domain_put(of);
	}
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t get_version(struct domain *d, gva_t arg)
{
	gnttab_get_version_t op;
	struct domain *of;
	int rc;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	rc = domain_named(d, op.dom, &of);
	if (rc)
		return trace_error(rc);
	domain_put(of);
	op.version = 1;
	return copy_to_guest_raw(arg, &op, sizeof(op)) ? trace_error(-XEN_EFAULT) : 0;
}

static int32_t set_version(gva_t arg)
{
	gnttab_set_version_t op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (op.version == 1)
		return 0;
	return op.version == 2 ? -XEN_ENOSYS : trace_error(-XEN_EINVAL);
}

int32_t grant_continue(uint32_t cmd, gva_t at, uint32_t left)
{
	return hypercall_continue(__HYPERVISOR_grant_table_op, 3, cmd, at.a, left, 0);
}

/* With one argument, whatever the count says. */
static int32_t single_op(struct domain *d, uint32_t cmd, gva_t arg, uint32_t count)
{
	switch (cmd) {
	case GNTTABOP_setup_table:
		return count == 1 ? setup_table(d, arg) : trace_error(-XEN_EINVAL);
	case GNTTABOP_query_size:
		return count == 1 ? query_size(d, arg) : trace_error(-XEN_EINVAL);
	case GNTTABOP_set_version:
		return set_version(arg);
	case GNTTABOP_get_version:
		return get_version(d, arg);
	default:
		return -XEN_ENOSYS;
	}
}

/* cmd: GNTTABOP_*, args: array of its arguments, count: how many. */
int32_t do_grant_table_op(uint32_t cmd, gva_t args, uint32_t count)
{
	static int32_t (*const lists[])(struct domain * d, gva_t arg, uint32_t count) = {
		[GNTTABOP_map_grant_ref] = grant_map,
		[GNTTABOP_unmap_grant_ref] = grant_unmap,
		[GNTTABOP_transfer] = grant_transfer,
		[GNTTABOP_copy] = grant_copy,
		[GNTTABOP_unmap_and_replace] = grant_unmap_and_replace,
		[GNTTABOP_swap_grant_ref] = grant_swap,
	};
	struct domain *d = current->domain;

	if (!subop_permitted(__HYPERVISOR_grant_table_op, cmd))
		return trace_error(-XEN_EPERM);
	if ((int32_t)count < 0)
		return trace_error(-XEN_EINVAL);
	if (cmd < ARRAY_SIZE(lists) && lists[cmd])
		return lists[cmd](d, args, count);
	return single_op(d, cmd, args, count);
}

/*
 * The domain's own mappings are gone by now (mm_domain_relinquish); others may
 * still map what it granted, and their tracks name it, so the active entries
 * stay until it is nobody's.
 */
static void grant_domain_dead(struct domain *d)
{
	struct grant_table *t = &d->grants;

	spin_lock(&d->grants.lock);
	for (uint32_t i = 0; i < t->nr_frames; i++) {
		heap_free_page(t->va[i]);
		t->va[i] = NULL;
	}
	t->nr_frames = 0;
	spin_unlock(&d->grants.lock);
}

static void grant_domain_destroy(struct domain *d)
{
	struct grant_table *t = &d->grants;

	for (uint32_t i = 0; i < ARRAY_SIZE(t->active); i++)
		heap_free(t->active[i]);
	for (uint32_t i = 0; i < t->nr_track_pages; i++)
		heap_free_page(t->tracks[i]);
}

UNIT(grant, .domain_dead = grant_domain_dead, .domain_destroy = grant_domain_destroy);
