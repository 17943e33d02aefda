/* SPDX-License-Identifier: MIT */
/* What all operations of domctl, sysctl and platform_op have in common: see control.h. */
#include "control.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"

/* Large enough for every argument, of either version; that it is so is checked where tables are. */
union argument {
	xen_domctl_t domctl;
	xen_sysctl_t sysctl;
	xen_platform_op_t platform;
	uint8_t bytes[sizeof(xen_domctl_t)];
};

/* How each of the three begins; only domctl has the last one. */
struct header {
	uint32_t cmd, version;
	domid_t domain;
};

static const struct control_op *find(const struct control_table *t, uint32_t cmd)
{
	for (uint32_t i = 0; i < t->nr_ops; i++)
		if (t->ops[i].cmd == cmd)
			return &t->ops[i];
	return NULL;
}

/* The domain that the caller names, with a reference, if the operation may be about it. */
static int32_t resolve(const struct control_op *op, struct control_call *c)
{
	if (op->target == TARGET_NOBODY)
		return 0;
	c->d = domain_get(c->domid == DOMID_SELF ? current->domain->id : c->domid);
	if (!c->d)
		return -XEN_ESRCH;
	/* Who stops itself would wait for itself. */
	if (op->target == TARGET_OTHER && !TRUST_CHECK(26, 60, c->d != current->domain))
		return -XEN_EINVAL;
	return 0;
}

static int32_t copy_in(const struct control_table *t, const struct control_op *op,
		       const struct control_call *c, gva_t at, void *argument)
{
	uint32_t size = op->size;

	if (op->way == WAY_NONE)
		return 0;
	if (c->version == t->version_4_14)
		size = compat_size(t->call, op->cmd, size);
	if (copy_from_guest_raw(argument, gva_add(at, t->argument_at), size))
		return -XEN_EFAULT;
	if (c->version == t->version_4_14)
		compat_widen(t->call, op->cmd, argument);
	return 0;
}

static int32_t copy_out(const struct control_table *t, const struct control_op *op,
			const struct control_call *c, gva_t at, void *argument)
{
	uint32_t size = op->size;

	if (t->names_domain && op->target == TARGET_NOBODY &&
	    copy_to_guest_raw(gva_add(at, offsetof(struct header, domain)), &c->domid,
			      sizeof(c->domid)))
		return -XEN_EFAULT;
	if (op->way != WAY_OUT)
		return 0;
	if (c->version == t->version_4_14) {
		compat_narrow(t->call, op->cmd, argument);
		size = compat_size(t->call, op->cmd, size);
	}
	return copy_to_guest_raw(gva_add(at, t->argument_at), argument, size) ? -XEN_EFAULT : 0;
}

int32_t control_perform(const struct control_table *t, gva_t at)
{
	struct control_call c = { 0 };
	const struct control_op *op;
	union argument argument;
	struct header h = { 0 };
	int32_t rc;

	if (copy_from_guest_raw(&h, at,
				t->names_domain ? sizeof(h) : offsetof(struct header, domain)))
		return trace_error(-XEN_EFAULT);
	if (!TRUST_CHECK(26, 61, h.version == t->version || h.version == t->version_4_14))
		return trace_error(-XEN_EACCES);
	op = find(t, h.cmd);
	if (!op)
		return -XEN_ENOSYS;
	c.cmd = h.cmd;
	c.version = h.version;
	c.domid = h.domain;
	memset(&argument, 0,
	       sizeof(argument)); /* no answer shows what lay on our stack (TRUST 11) */
	rc = resolve(op, &c);
	if (!rc)
		rc = copy_in(t, op, &c, at, &argument);
	if (!rc)
		rc = op->run(&c, &argument);
	/* What stopped half way left in its argument where it is. */
	if ((rc >= 0 || rc == -XEN_ERESTART) && copy_out(t, op, &c, at, &argument))
		rc = -XEN_EFAULT;
	if (c.d)
		domain_put(c.d);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(t->call, 1, at.a, 0, 0, 0);
	if (rc < 0)
		printk(LOG_DEBUG, "%s: %s of domain %u refused with %d\n", hypercall_name(t->call),
		       op->name, c.domid, rc);
	return rc;
}
