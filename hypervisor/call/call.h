/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls: int 0x82 with the number in EAX and up to six arguments in EBX,
 * ECX, EDX, ESI, EDI, EBP; the result in EAX, errors as negative XEN_E* values.
 *
 * Each call is one line in hypercalls.def, which yields the number, the
 * prototype, the dispatch entry and the row in docs/abi.md.
 */
#ifndef RINGONE_CALL_H
#define RINGONE_CALL_H

#include "abi.h"
#include "domain/domain.h"
#include "subop.h"
#include "types.h"

#define HYPERCALL_VECTOR 0x82
#define NR_HYPERCALLS    64

/*
 * Prototypes, as the table has them.  A handle is an address of the guest's, to
 * be checked and copied from; what lies there is for the reader.
 */
#define HANDLE(type)                                                 gva_t
#define HYPERCALL(name, nr, parameters, privilege, preempt, summary) int32_t do_##name parameters;
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
bool preempt_needed(void); /* opens an interrupt window */

/*
 * nr: the call to run again; its first nr_args arguments (0..4) are replaced,
 * the others stay as they are.  The handler returns what this returns and
 * touches neither the guest's registers nor its memory afterwards.  A handler
 * makes progress by at least one element before it asks preempt_needed(), or
 * the guest would never come past this call.
 */
int32_t hypercall_continue(uint32_t nr, uint32_t nr_args, uint32_t a1, uint32_t a2, uint32_t a3,
			   uint32_t a4);
/*
 * While an entry of a multicall runs: its op, and where hypercall_continue()
 * leaves what the entry becomes.  NULL otherwise.
 */
#define multicall_current (this_cpu()->multicall)

const char *hypercall_name(uint32_t nr); /* for reports; never NULL */

void hypercall_page_fill(uint8_t page[4096]); /* call/hypercall_page.c */

/* Jailhouse's habit: an error says where it was found (loglvl=debug). */
#define trace_error(e) trace_error_at(__FILE__, __LINE__, (e))
int32_t trace_error_at(const char *file, int line, int32_t error);

#endif
