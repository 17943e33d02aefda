/* SPDX-License-Identifier: MIT */
/*
 * Sub-operations: calls whose first argument, or first word, is a command.
 *
 * What they have in common is done once, here and in subop.c:
 *
 *	known? -> permitted? -> copy the argument in -> enter -> run -> leave ->
 *	copy the answer out -> run again when it was preempted
 *
 * Each command is a row of the .def file of its call (event/event_ops.def, ...):
 * its number, the type of its argument, what is copied, who may ask.  From the
 * row come its entry in the call's table, the prototype of its handler and its
 * line in docs/abi.md.  A handler sees its own copy of the argument and returns
 * 0 or more, or -XEN_E*; -XEN_ERESTART lets the call run again, from what stands
 * in the argument, the domain or the VCPU by then.
 *
 * Which commands go another way: those that a kernel asks for all the time
 * (EVTCHNOP_send, XENVER_version) are looked for before the table is, and mmu_update
 * and mmuext_op have a command in each element of a batch, one form of argument
 * and a count of what is done, so they keep a switch.
 */
#ifndef RINGONE_CALL_SUBOP_H
#define RINGONE_CALL_SUBOP_H

#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"
#include "trust.h"
#include "types.h"

struct subop_call;
typedef int32_t (*subop_fn)(struct subop_call *c, void *argument);

/* What is copied: nothing, the argument, the argument and then the answer, the answer alone. */
enum subop_way { SUBOP_NONE, SUBOP_IN, SUBOP_ANSWER, SUBOP_OUT = SUBOP_IN | SUBOP_ANSWER };
struct subop_none { /* the argument of who has none */
	uint8_t unused;
};

struct subop {
	subop_fn run;
	const char *name;
	int16_t refusal; /* without `run`: the error that a known command gets, or 0 */
	uint16_t size;   /* of the argument */
	uint8_t how;     /* what is copied, and SUBOP_IS_PRIV */
	uint8_t form;    /* a column of the table's own, for its `enter` */
};

/* An operation in progress. */
struct subop_call {
	const struct subop *op;
	uint32_t cmd;
	gva_t at;       /* the caller's argument, array or buffer */
	uint32_t count; /* of elements or bytes there; or extents done by earlier runs (memory_op) */
	struct domain *d; /* whom it is about: the caller, unless `enter` says otherwise */
	struct vcpu *v;   /* likewise */
};

struct subop_table {
	const struct subop *ops; /* by command */
	uint32_t nr_ops;
	uint32_t call; /* __HYPERVISOR_* */
	/* Before and after each handler: whom it is about, and a lock; may be NULL.  0, or an error. */
	int32_t (*enter)(struct subop_call *c, void *argument);
	void (*leave)(struct subop_call *c);
	/* Instead of subop_copy_in() and _out(), where structures have versions; may be NULL. */
	bool (*copy_in)(const struct subop_call *c, void *argument);
	bool (*copy_out)(const struct subop_call *c, void *argument);
};

#define SUBOP_LARGEST 144 /* bytes of an argument, xen_compile_info's */

/*
 * A row's entry: [number] = its columns.  The prototype of `handler` is made from
 * the same row, so that its argument is of the type that is copied; all of them
 * are called by the convention of subop_fn.
 */
#define SUBOP_FORM(number, handler, argument, way_, privilege, form_)                      \
	[number] = { .run = (subop_fn)(void (*)(void))handler,                             \
		     .name = #number,                                                      \
		     .size = sizeof(argument) +                                            \
			     0 * sizeof(char[sizeof(argument) <= SUBOP_LARGEST ? 1 : -1]), \
		     .how = SUBOP_##way_ | SUBOP_IS_##privilege,                           \
		     .form = form_ }
#define SUBOP_ENTRY(number, handler, argument, way, privilege) \
	SUBOP_FORM(number, handler, argument, way, privilege, 0)
/* A table without `enter` and `leave`. */
#define SUBOP_TABLE(ops_, call_)                                       \
	{                                                              \
		.ops = ops_, .nr_ops = ARRAY_SIZE(ops_), .call = call_ \
	}
#define SUBOP_REFUSED(number, error) [number] = { .name = #number, .refusal = -(error) }
#define SUBOP_IS_ANY                 0
#define SUBOP_IS_PRIV                4

/* subop.c: the parts that are long, or short and seldom */
int32_t subop_failed(const struct subop_table *t, const struct subop_call *c, int32_t rc);
int32_t subop_refused(const struct subop_table *t, uint32_t cmd);
int32_t subop_not_permitted(const struct subop_table *t, uint32_t cmd);

/* The row of a command, or NULL. */
static inline __attribute__((always_inline)) const struct subop *
subop_find(const struct subop_table *t, uint32_t cmd)
{
	return likely(cmd < t->nr_ops && t->ops[cmd].run) ? &t->ops[cmd] : NULL;
}

/* Who may ask: the privilege column (TRUST 25). */
static inline __attribute__((always_inline)) bool subop_permitted(const struct subop *op)
{
	return TRUST_CHECK(25, 1, !(op->how & SUBOP_IS_PRIV) || current->domain->privileged);
}

/* Copies of the caller's memory, inline: the ground of all calls needs no room for them. */
static inline __attribute__((always_inline)) bool subop_copy_in(const struct subop_call *c,
								void *argument)
{
	const uint32_t size = c->op->size;

	if (likely(c->op->how & SUBOP_IN))
		return guest_words_ok(current->domain, c->at, size) &&
		       !copy_guest_bytes(argument, gva_word(c->at), size);
	memset(argument, 0, size); /* no answer shows what lay on our stack (TRUST 11) */
	return true;
}

static inline __attribute__((always_inline)) bool subop_copy_out(const struct subop_call *c,
								 const void *argument)
{
	const uint32_t size = c->op->size;

	return guest_words_ok(current->domain, c->at, size) &&
	       !copy_guest_bytes(gva_word(c->at), argument, size);
}

/*
 * From the question who may ask to the copy of the answer.  Not inline, so that who
 * has no argument needs no room for it; the compiler makes one for each table.
 */
static __maybe_unused __attribute__((noinline)) int32_t subop_one(const struct subop_table *t,
								  struct subop_call *c)
{
	const struct subop *op = c->op;
	uint32_t argument[SUBOP_LARGEST / sizeof(uint32_t)];
	int32_t rc;

	if (unlikely(!subop_permitted(op)))
		return subop_not_permitted(t, c->cmd);
	if (op->how & SUBOP_OUT &&
	    unlikely(!(t->copy_in ? t->copy_in(c, argument) : subop_copy_in(c, argument))))
		return -XEN_EFAULT;
	rc = t->enter ? t->enter(c, argument) : 0;
	if (likely(!rc)) {
		rc = op->run(c, argument);
		if (t->leave)
			t->leave(c);
	}
	/* What stopped half way left in its argument where it is. */
	if (op->how & SUBOP_ANSWER && (rc >= 0 || rc == -XEN_ERESTART) &&
	    unlikely(!(t->copy_out ? t->copy_out(c, argument) : subop_copy_out(c, argument))))
		return -XEN_EFAULT;
	return rc;
}

/*
 * The whole of a call: c->cmd, ->at, ->d and ->v are set (subop_call_of()).  Inline,
 * so that a table that is known while compiling costs little more than a switch.
 */
static inline __attribute__((always_inline)) int32_t subop_perform(const struct subop_table *t,
								   struct subop_call *c)
{
	const struct subop *op = subop_find(t, c->cmd);
	int32_t rc;

	if (unlikely(!op))
		return subop_refused(t, c->cmd);
	c->op = op;
	if (!op->how && !t->enter)
		rc = op->run(c, NULL);
	else
		rc = subop_one(t, c);
	return likely(rc >= 0) ? rc : subop_failed(t, c, rc);
}

/* A call of the current VCPU's. */
static inline __attribute__((always_inline)) void subop_call_of(struct subop_call *c, uint32_t cmd,
								gva_t at)
{
	struct vcpu *v = current;

	c->cmd = cmd;
	c->at = at;
	c->d = v->domain;
	c->v = v;
}

/* The whole of such a call, when there is no more to say of it than its command and its argument. */
static inline __attribute__((always_inline)) int32_t subop_run(const struct subop_table *t,
							       uint32_t cmd, gva_t at)
{
	struct subop_call c;

	subop_call_of(&c, cmd, at);
	return subop_perform(t, &c);
}

/* An array of c->count arguments at c->at, one after the other; what is left runs again. */
int32_t subop_perform_list(const struct subop_table *t, struct subop_call *c);

/*
 * The old form of a call: command and argument, a union, in one structure at `op`.
 * Commands beyond `last` came later and have no old form.
 */
int32_t subop_perform_old_form(const struct subop_table *t, gva_t op, uint32_t last,
			       uint32_t argument_at);

#endif
