/* SPDX-License-Identifier: MIT */
/*
 * Control: what tools in a privileged domain ask of the hypervisor.
 *
 * domctl, sysctl and platform_op have one form: a structure of the caller's
 * that names the operation, the version of the interface and, in a union, its
 * argument, which also takes the answer.  From the version on it is the frame of
 * all sub-operations (call/subop.h), with one question of its own: may the
 * operation be about this domain?
 *
 * Each operation is a row of domctls.def, sysctls.def or platformops.def, and a
 * handler that sees nothing but its own copy of the argument.  Only the privileged
 * get here at all: the table of hypercalls asks (TRUST 25).
 */
#ifndef RINGONE_CONTROL_H
#define RINGONE_CONTROL_H

#include "abi.h"
#include "domain/domain.h"
#include "call/call.h"
#include "types.h"

/* Whom an operation may name: the `form` of its row. */
enum target { TARGET_NOBODY, TARGET_ONE, TARGET_OTHER };

/* An operation in progress. */
struct control_call {
	struct subop_call call; /* first: it is what handlers of a table are given */
	const struct control_table *table;
	uint32_t version;
	domid_t domid;    /* domctl: as the caller gave it; createdomain changes it */
	struct domain *d; /* the domain named, referenced; NULL when TARGET_NOBODY */
};

/* One of the calls that have this form. */
struct control_table {
	struct subop_table table;
	uint32_t version;      /* of the interface we are compiled with */
	uint32_t version_4_14; /* served beside it */
	uint32_t argument_at;  /* where the union begins */
	bool names_domain;
};

/* What the three tables have in common. */
int32_t control_enter(struct subop_call *call, void *argument);
void control_leave(struct subop_call *call);
bool control_copy_in(const struct subop_call *call, void *argument);
bool control_copy_out(const struct subop_call *call, void *argument);
#define CONTROL_TABLE(ops_, call_)                                                               \
	{                                                                                        \
		.ops = ops_, .nr_ops = ARRAY_SIZE(ops_), .call = call_, .enter = control_enter,  \
		.leave = control_leave, .copy_in = control_copy_in, .copy_out = control_copy_out \
	}

/* at: the caller's structure.  What the hypercall returns. */
int32_t control_perform(const struct control_table *t, gva_t at);

/* ---- compat.c: the structures of 4.14 that differ ---- */

uint32_t compat_size(uint32_t call, uint32_t cmd, uint32_t size);
void compat_widen(uint32_t call, uint32_t cmd, void *argument);  /* 4.14's, in place, to ours */
void compat_narrow(uint32_t call, uint32_t cmd, void *argument); /* the answer, back */

/* ---- answers that two calls give ---- */

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* ---- the handlers, as the tables declare them ---- */

#define control_none subop_none
#define DOMCTL(name, argument, target, way, summary) \
	int32_t domctl_##name(struct control_call *c, struct argument *a);
#define SYSCTL(name, argument, way, summary) \
	int32_t sysctl_##name(struct control_call *c, struct argument *a);
#define PLATFORMOP(name, argument, way, summary) \
	int32_t platform_##name(struct control_call *c, struct argument *a);
#include "control/domctls.def"
#include "control/sysctls.def"
#include "control/platformops.def"
#undef DOMCTL
#undef SYSCTL
#undef PLATFORMOP

/* control/vm_assist.c: VMASST_TYPE_* bits, all at once, for a context that comes from outside. */
void vm_assist_set(struct domain *d, uint32_t assists);

#endif
