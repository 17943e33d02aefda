/* SPDX-License-Identifier: MIT */
/* What all operations of domctl, sysctl and platform_op have in common: see control.h. */
#include "control.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

/* How each of the three begins; only domctl has the last one. */
struct header {
	uint32_t cmd, version;
	domid_t domain;
};

static struct control_call *control_of(struct subop_call *call)
{
	return container_of(call, struct control_call, call);
}

/* The domain that the caller names, with a reference, if the operation may be about it. */
int32_t control_enter(struct subop_call *call, void *argument)
{
	struct control_call *c = control_of(call);

	if (call->op->form == TARGET_NOBODY)
		return 0;
	c->d = domain_get(c->domid == DOMID_SELF ? current->domain->id : c->domid);
	if (!c->d)
		return -XEN_ESRCH;
	/* Who stops itself would wait for itself. */
	if (call->op->form == TARGET_OTHER && !TRUST_CHECK(26, 60, c->d != current->domain)) {
		domain_put(c->d);
		return -XEN_EINVAL;
	}
	return 0;
}

void control_leave(struct subop_call *call)
{
	struct control_call *c = control_of(call);

	if (c->d)
		domain_put(c->d);
}

/* The number of the call, when its caller speaks 4.14; where versions are one (platform_op), 0. */
static uint32_t older_call(const struct subop_call *call)
{
	const struct control_call *c = control_of((struct subop_call *)call);

	return c->version != c->table->version ? c->table->table.call : 0;
}

bool control_copy_in(const struct subop_call *call, void *argument)
{
	const struct subop *op = call->op;
	uint32_t nr = older_call(call);

	if (!nr)
		return subop_copy_in(call, argument);
	memset(argument, 0, op->size);
	if (copy_from_guest_raw(argument, call->at, compat_size(nr, call->cmd, op->size)))
		return false;
	compat_widen(nr, call->cmd, argument);
	return true;
}

bool control_copy_out(const struct subop_call *call, void *argument)
{
	uint32_t nr = older_call(call);

	if (!nr)
		return subop_copy_out(call, argument);
	compat_narrow(nr, call->cmd, argument);
	return !copy_to_guest_raw(call->at, argument, compat_size(nr, call->cmd, call->op->size));
}

int32_t control_perform(const struct control_table *t, gva_t at)
{
	const uint32_t domain_at = offsetof(struct header, domain);
	struct control_call c = { 0 };
	struct header h = { 0 };
	int32_t rc;

	if (copy_from_guest_raw(&h, at, t->names_domain ? sizeof(h) : domain_at))
		return trace_error(-XEN_EFAULT);
	if (!TRUST_CHECK(26, 61, h.version == t->version || h.version == t->version_4_14))
		return trace_error(-XEN_EACCES);
	subop_call_of(&c.call, h.cmd, gva_add(at, t->argument_at));
	c.table = t;
	c.version = h.version;
	c.domid = h.domain;
	rc = subop_perform(&t->table, &c.call);
	/* What chose a domain says which. */
	if (rc >= 0 && t->names_domain && c.call.op->form == TARGET_NOBODY &&
	    copy_to_guest_raw(gva_add(at, domain_at), &c.domid, sizeof(c.domid)))
		return trace_error(-XEN_EFAULT);
	return rc;
}
