/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op: the tables themselves.  What is done with grants has a file
 * an operation.
 *
 * The frames of a table are the hypervisor's pages, shared with their domain
 * as writable memory for as long as it lives.
 */
#include "grant.h"
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

	while (t->nr_frames < nr_frames) {
		void *va = heap_alloc_for(d, PAGE_SIZE);

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

	if (!TRUST_CHECK(22, 46, op->nr_frames <= of->grants.max_frames))
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

int32_t grantop_setup_table(struct subop_call *c, struct gnttab_setup_table *op)
{
	struct domain *of;

	op->status = table_of(c->d, op->dom, &of);
	if (op->status == GNTST_okay) {
		op->status = setup(of, op);
		domain_put(of);
	}
	return 0;
}

int32_t grantop_query_size(struct subop_call *c, struct gnttab_query_size *op)
{
	struct domain *of;

	op->status = table_of(c->d, op->dom, &of);
	if (op->status == GNTST_okay) {
		op->nr_frames = of->grants.nr_frames;
		op->max_nr_frames = of->grants.max_frames;
		domain_put(of);
	}
	return 0;
}

int32_t grantop_get_version(struct subop_call *c, struct gnttab_get_version *op)
{
	struct domain *of;
	int rc = domain_named(c->d, op->dom, &of);

	if (rc)
		return trace_error(rc);
	domain_put(of);
	op->version = 1;
	return 0;
}

/* The version there is from now on is told in any case. */
int32_t grantop_set_version(struct subop_call *c, struct gnttab_set_version *op)
{
	uint32_t wanted = op->version;

	op->version = 1;
	if (wanted == 1)
		return 0;
	if (!subop_copy_out(c, op))
		return trace_error(-XEN_EFAULT);
	return wanted == 2 ? -XEN_ENOSYS : trace_error(-XEN_EINVAL);
}

struct domain *grant_domain_change(struct grant_domain *g, const struct domain *self, domid_t id)
{
	grant_domain_forget(g);
	g->id = id;
	g->d = domain_get(id == DOMID_SELF ? self->id : id);
	return g->d;
}

enum count { LIST, EACH, ONE, ALONE };

/* cmd: GNTTABOP_*, args: array of its arguments, count: how many. */
int32_t do_grant_table_op(uint32_t cmd, gva_t args, uint32_t count)
{
	static const struct subop ops[] = {
#define OP(name, argument, way, privilege, count, summary) \
	SUBOP_FORM(GNTTABOP_##name, grantop_##name, argument, way, privilege, count),
#include "grant/grant_ops.def"
#undef OP
	};
	static const struct subop_table table = SUBOP_TABLE(ops, __HYPERVISOR_grant_table_op);
	const struct subop *op = subop_find(&table, cmd);
	struct subop_call c;

	if ((int32_t)count < 0)
		return trace_error(-XEN_EINVAL);
	subop_call_of(&c, cmd, args);
	c.count = count;
	if (likely(op) && likely(op->form == LIST))
		return subop_permitted(op) ? op->run(&c, NULL) : subop_not_permitted(&table, cmd);
	if (op && op->form != EACH) {
		if (op->form == ONE && count != 1)
			return trace_error(-XEN_EINVAL);
		return subop_perform(&table, &c);
	}
	return subop_perform_list(&table, &c);
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
		heap_free_of(d, t->va[i]);
		t->va[i] = NULL;
	}
	t->nr_frames = 0;
	spin_unlock(&d->grants.lock);
}

static void grant_domain_destroy(struct domain *d)
{
	struct grant_table *t = &d->grants;

	for (uint32_t i = 0; i < ARRAY_SIZE(t->active); i++)
		heap_free_of(d, t->active[i]);
	for (uint32_t i = 0; i < t->nr_track_pages; i++)
		heap_free_of(d, t->tracks[i]);
	TRUST_EFFECT(27, 115, heap_free_of(d, t->tracks));
}

static int grant_domain_create(struct domain *d)
{
	d->grants.max_frames = MAX_GRANT_FRAMES;
	d->grants.max_track_pages = MAX_TRACK_PAGES;
	return 0;
}

/* What the tools allow it, as far as we do.  A maptrack frame of Xen's has as many as two of ours. */
void grant_limit(struct domain *d, uint32_t frames, uint32_t maptrack_frames)
{
	d->grants.max_frames = MIN(frames, MAX_GRANT_FRAMES);
	d->grants.max_track_pages = 2 * MIN(maptrack_frames, MAX_TRACK_PAGES / 2);
}

UNIT(grant, .domain_create = grant_domain_create, .domain_dead = grant_domain_dead,
     .domain_destroy = grant_domain_destroy);
