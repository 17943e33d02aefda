/* SPDX-License-Identifier: MIT */
/*
 * Control: what tools in a privileged domain ask of the hypervisor.
 *
 * domctl, sysctl and platform_op have one form: a structure of the caller's
 * that names the operation, the version of the interface and, in a union, its
 * argument, which also takes the answer.  What they have in common is done once,
 * in operation.c:
 *
 *	copy in -> known version? -> known operation? -> may it be about this
 *	domain? -> run -> copy out -> run again when it was preempted
 *
 * Each operation is a row of a table, made from domctls.def, sysctls.def or
 * platformops.def, and a handler that sees nothing but its own copy of the argument.  A handler returns
 * 0 or -XEN_E*; -XEN_ERESTART lets the call run again, from what stands in the
 * argument or in the domain by then.  Only the privileged get here at all: the
 * table of hypercalls asks (TRUST 25).
 */
#ifndef RINGONE_CONTROL_H
#define RINGONE_CONTROL_H

#include "abi.h"
#include "domain/domain.h"
#include "call/call.h"
#include "types.h"

/* What is copied: the header alone, the argument too, the argument and then the answer. */
enum way { WAY_NONE, WAY_IN, WAY_OUT };
/* Whom an operation may name. */
enum target { TARGET_NOBODY, TARGET_ONE, TARGET_OTHER };

/* An operation in progress. */
struct control_call {
	uint32_t cmd, version;
	uint16_t domid;   /* domctl: as the caller gave it; createdomain changes it */
	struct domain *d; /* the domain named, referenced; NULL when TARGET_NOBODY */
};

typedef int32_t (*control_fn)(struct control_call *c, void *argument);

struct control_op {
	const char *name;
	uint32_t cmd;
	uint16_t size; /* of the argument */
	uint8_t way, target;
	control_fn run;
};

/* One of the calls that have this form. */
struct control_table {
	const struct control_op *ops;
	uint32_t nr_ops;
	uint32_t call;         /* __HYPERVISOR_* */
	uint32_t version;      /* of the interface we are compiled with */
	uint32_t version_4_14; /* served beside it */
	uint32_t argument_at;  /* where the union begins */
	bool names_domain;
};

/* at: the caller's structure.  What the hypercall returns. */
int32_t control_perform(const struct control_table *t, gva_t at);

/* ---- compat.c: the structures of 4.14 that differ ---- */

uint32_t compat_size(uint32_t call, uint32_t cmd, uint32_t size);
void compat_widen(uint32_t call, uint32_t cmd, void *argument);  /* 4.14's, in place, to ours */
void compat_narrow(uint32_t call, uint32_t cmd, void *argument); /* the answer, back */

/* ---- answers that two calls give ---- */

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* ---- the handlers, as the tables declare them ---- */

struct control_none {
	uint8_t unused;
};
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
