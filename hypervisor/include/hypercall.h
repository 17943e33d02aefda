/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls: int 0x82 with the number in EAX and up to six arguments in EBX,
 * ECX, EDX, ESI, EDI, EBP; the result in EAX, errors as negative XEN_E* values.
 *
 * Each call is one line in hypercalls.def, which yields the number, the
 * prototype, the dispatch entry and the row in docs/abi.md.
 */
#ifndef RINGONE_HYPERCALL_H
#define RINGONE_HYPERCALL_H

#include "abi.h"
#include "types.h"

#define HYPERCALL_VECTOR	0x82
#define NR_HYPERCALLS		64

typedef int32_t (*hypercall_fn)(uint32_t a1, uint32_t a2, uint32_t a3,
				uint32_t a4, uint32_t a5, uint32_t a6);
extern const hypercall_fn hypercall_table[NR_HYPERCALLS];

/* Prototypes: every handler takes six words; unused ones are not named in the .def. */
#define HYPERCALL(name, nr, args, privilege, preempt, summary) \
	int32_t do_##name(uint32_t a1, uint32_t a2, uint32_t a3, \
			  uint32_t a4, uint32_t a5, uint32_t a6);
#define SUBOP(call, name, privilege, summary)
#include "hypercalls.def"
#undef HYPERCALL
#undef SUBOP

/*
 * A long call stops at a good place: its handler puts the arguments that carry
 * on into place and returns hypercall_continue(...).  The guest's EIP is moved
 * back over the int 0x82, so that whatever is due (an event, another VCPU)
 * happens first; the continuation state is guest-visible and is checked again
 * like any argument (TRUST 5).  Inside a multicall the entry is rewritten instead.
 */
bool preempt_needed(void);	/* opens an interrupt window */
int32_t hypercall_continue(uint32_t nr, uint32_t nr_args, uint32_t a1, uint32_t a2,
			   uint32_t a3, uint32_t a4);
/* For multicall: where continuations are written while an entry runs; NULL otherwise. */
extern struct multicall_entry *multicall_current;

/* Jailhouse's habit: an error says where it was found (loglvl=debug). */
#define trace_error(e) trace_error_at(__FILE__, __LINE__, (e))
int32_t trace_error_at(const char *file, int line, int32_t error);

#endif
