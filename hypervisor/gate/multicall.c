/* SPDX-License-Identifier: MIT */
/*
 * multicall: a batch of hypercalls for the price of one way into ring 0.
 *
 * The array is the guest's and stays where it is: an entry's words are read
 * once, performed, and answered before the next entry is looked at.  A batch
 * ends early in three cases:
 *
 *   - an entry returned to another context (iret): what follows was the old
 *     context's wish, and its privileges are gone (TRUST 12, XSA-213);
 *   - an entry was the end of the domain;
 *   - something else is due: the batch runs again from the entry that was not
 *     finished, or from the next one.
 */
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "time/time.h"
#include "x86.h"

#define ENTRY_SIZE      sizeof(struct multicall_entry)
#define WORD(at, field) gva_add(at, offsetof(struct multicall_entry, field))

/*
 * Calls whose work is short and bounded, and which never run again: of those a
 * few in a row need no look at the clock.  The most that one of them does is to
 * copy a kilobyte.  update_descriptor is none: it may have a page to validate.
 */
static const bool is_light[NR_HYPERCALLS] = {
	[__HYPERVISOR_xen_version] = true,    [__HYPERVISOR_stack_switch] = true,
	[__HYPERVISOR_fpu_taskswitch] = true, [__HYPERVISOR_set_debugreg] = true,
	[__HYPERVISOR_get_debugreg] = true,   [__HYPERVISOR_set_timer_op] = true,
};
#define LIGHT_IN_A_ROW 16

/* Words that hypercall_continue() replaced go back, so that the entry runs on from there. */
static bool save_preempted(gva_t at, const struct multicall_entry *e)
{
	bool ok = put_guest_word(WORD(at, op), e->op);

	for (uint32_t i = 0; i < e->result && i < ARRAY_SIZE(e->args); i++)
		ok = ok && put_guest_word(WORD(at, args[i]), e->args[i]);
	return ok;
}

enum outcome { BATCH_DONE, BATCH_FAULT, BATCH_LEFT, BATCH_ENTRY_RESTARTS, BATCH_DUE };

enum called { CALLED, NO_HANDLER, NO_ENTRY };

/* clang-format off */
/* A word that is not there: what was pushed before it is taken away again. */
#define MISSING(n, take_away) \
	"	.pushsection .extable, \"a\"\n	.long " #n "b, " #take_away "f\n	.popsection\n"
/* clang-format on */

/*
 * Read an entry's words, once each, and call its handler: what the calling
 * convention wants on the stack goes there directly, and not by a place for each
 * in between.  NO_ENTRY: it cannot be read, and nothing was done.
 */
static inline __attribute__((always_inline)) enum called
call_handler(struct multicall_entry *running, gva_t at, uint32_t *nr, int32_t *result)
{
	xen_ulong_t *told = &running->op;
	uint32_t from = at.a;
	uint32_t op = 0;
	int32_t rc = 0;

	/* clang-format off */
	__asm__ goto("1:	movl	%c[op_at](%[at]), %[op]\n"		MISSING(1, 30)
		     "	movl	%[op], %[running]\n"
		     "	cmpl	%[nr_calls], %[op]\n"
		     "	jae	%l[unknown]\n"
		     "2:	pushl	%c[args]+20(%[at])\n"			MISSING(2, 30)
		     "3:	pushl	%c[args]+16(%[at])\n"			MISSING(3, 31)
		     "4:	pushl	%c[args]+12(%[at])\n"			MISSING(4, 32)
		     "5:	movl	%c[args]+8(%[at]), %%ecx\n"		MISSING(5, 33)
		     "6:	movl	%c[args]+4(%[at]), %%edx\n"		MISSING(6, 33)
		     "7:	movl	%c[args](%[at]), %%eax\n"		MISSING(7, 33)
		     "	call	*hypercall_table(, %[op], 4)\n"
		     "	addl	$12, %%esp\n"
		     "	.pushsection .text.unlikely, \"ax\"\n"
		     "33:	addl	$4, %%esp\n"
		     "32:	addl	$4, %%esp\n"
		     "31:	addl	$4, %%esp\n"
		     "30:	jmp	%l[missing]\n"
		     "	.popsection"
		     : [op] "=&r"(op), "=&a"(rc), [running] "=m"(*told)
		     : [at] "r"(from), [op_at] "i"(offsetof(struct multicall_entry, op)),
		       [args] "i"(offsetof(struct multicall_entry, args)),
		       [nr_calls] "i"(NR_HYPERCALLS)
		     : "ecx", "edx", "memory", "cc"
		     : missing, unknown);
	/* clang-format on */
	*nr = op;
	*result = rc;
	return CALLED;
unknown:
	*result = -XEN_ENOSYS;
	return NO_HANDLER;
missing:
	return NO_ENTRY;
}
#undef MISSING

/*
 * One entry, up to its answer.  *stop moves next to it unless it was light.
 * Anything but BATCH_DONE ends the batch here.
 */
static inline __attribute__((always_inline)) enum outcome
perform(struct vcpu *v, struct multicall_entry *running, gva_t at, int32_t *result, gva_t *stop)
{
	uint32_t op;
	enum called called = call_handler(running, at, &op, result);

	if (unlikely(called == NO_ENTRY))
		return BATCH_FAULT;
	if (called == CALLED && unlikely(!is_light[op])) {
		*stop = gva_add(at, ENTRY_SIZE);
		if (!TRUST_CHECK(12, 1, op != __HYPERVISOR_iret))
			return BATCH_LEFT;
		if (v->hypercall_restarted)
			return BATCH_ENTRY_RESTARTS;
	}
	return likely(put_guest_word(WORD(at, result), *result)) ? BATCH_DONE : BATCH_FAULT;
}

struct look { /* the last one whether something is due */
	bool was;
	uint32_t at;
};

/*
 * What entries cost differs a thousandfold, so it is time that says when to look
 * whether something is due: the first time at once, then every 20 us.
 */
static __attribute__((noinline)) bool due(struct look *last)
{
	if (last->was && (uint32_t)rdtsc() - last->at < tsc_khz / 50)
		return false;
	if (preempt_needed())
		return true;
	*last = (struct look){ true, rdtsc() };
	return false;
}

/* Entries from *at to `end`, or until something ends the batch.  *result is the last entry's. */
static inline enum outcome run(struct cpu *cpu, struct vcpu *v, struct multicall_entry *running,
			       gva_t *at, gva_t end, int32_t *result)
{
	struct look last = { false };
	enum outcome outcome;
	gva_t stop;

	for (;;) {
		stop = GVA(at->a + MIN(end.a - at->a, LIGHT_IN_A_ROW * ENTRY_SIZE));
		do {
			outcome = perform(v, running, *at, result, &stop);
			if (unlikely(outcome != BATCH_DONE))
				return outcome;
			*at = gva_add(*at, ENTRY_SIZE);
			/* A killed domain has left a note in softirq, too: the way out will see to it. */
			if (unlikely(cpu->softirq))
				return BATCH_DUE;
		} while (at->a != stop.a);
		if (at->a == end.a)
			return BATCH_DONE;
		if (due(&last))
			return BATCH_DUE;
	}
}

/* entries: array of multicall_entry, count: their number.  Results of entries are in the array. */
int32_t do_multicall(gva_t entries, uint32_t count)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *v = current;
	struct multicall_entry running; /* its op, for reports; what it becomes if it is preempted */
	gva_t at = entries;
	enum outcome outcome;
	uint32_t left;
	int32_t result = 0;

	if (unlikely(cpu->multicall)) /* no batch within a batch */
		return trace_error(-XEN_EINVAL);
	if (unlikely(!TRUST_CHECK(8, 20,
				  count <= ~0U / ENTRY_SIZE &&
					  guest_words_ok(v->domain, at, count * ENTRY_SIZE))))
		return trace_error(-XEN_EFAULT);
	if (!count)
		return 0;

	v->hypercall_restarted = false;
	cpu->multicall = &running;
	outcome = run(cpu, v, &running, &at, gva_add(entries, count * ENTRY_SIZE), &result);
	cpu->multicall = NULL;
	left = count - (at.a - entries.a) / ENTRY_SIZE;

	switch (outcome) {
	case BATCH_LEFT:
		return result;
	case BATCH_ENTRY_RESTARTS:
		v->hypercall_restarted = false;
		if (!save_preempted(at, &running))
			return trace_error(-XEN_EFAULT);
		break;
	case BATCH_DUE:
		break;
	case BATCH_FAULT:
		return trace_error(-XEN_EFAULT);
	case BATCH_DONE:
		return 0;
	}
	return left ? hypercall_continue(__HYPERVISOR_multicall, 2, at.a, left, 0, 0) : 0;
}
