/* SPDX-License-Identifier: MIT */
/* Sub-operations, what all of them have in common: see subop.h. */
#include "call.h"
#include "mm/mm.h"
#include "say/say.h"

int32_t subop_refused(const struct subop_table *t, uint32_t cmd)
{
	if (cmd < t->nr_ops && t->ops[cmd].refusal)
		return trace_error(t->ops[cmd].refusal);
	return -XEN_ENOSYS;
}

int32_t subop_not_permitted(const struct subop_table *t, uint32_t cmd)
{
	printk(LOG_DEBUG, "%s: only for a privileged domain\n", t->ops[cmd].name);
	return trace_error(-XEN_EPERM);
}

int32_t subop_failed(const struct subop_table *t, const struct subop_call *c, int32_t rc)
{
	if (rc == -XEN_ERESTART)
		return hypercall_continue(t->call, 0, 0, 0, 0, 0);
	printk(LOG_DEBUG, "%s: refused with %d\n", c->op->name, rc);
	return rc;
}

int32_t subop_perform_list(const struct subop_table *t, struct subop_call *c)
{
	c->op = subop_find(t, c->cmd);
	if (!c->op)
		return subop_refused(t, c->cmd);
	while (c->count) {
		int32_t rc = subop_one(t, c);

		if (rc < 0)
			return subop_failed(t, c, rc);
		c->at = gva_add(c->at, c->op->size);
		if (--c->count && preempt_needed())
			return hypercall_continue(t->call, 3, c->cmd, c->at.a, c->count, 0);
	}
	return 0;
}

int32_t subop_perform_old_form(const struct subop_table *t, gva_t op, uint32_t last,
			       uint32_t argument_at)
{
	uint32_t cmd;

	if (!guest_words_ok(current->domain, op, sizeof(cmd)) || !get_guest_word(&cmd, op))
		return trace_error(-XEN_EFAULT);
	if (cmd > last)
		return trace_error(-XEN_ENOSYS);
	return subop_run(t, cmd, gva_add(op, argument_at));
}
