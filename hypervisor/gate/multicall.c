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

/* Perform one entry; false: it cannot be read. */
static inline __attribute__((always_inline)) bool perform(struct multicall_entry *running, gva_t at,
							  int32_t *result)
{
	uint32_t op, a[6];

	if (!get_guest_word(&op, WORD(at, op)) || !get_guest_word(&a[0], WORD(at, args[0])) ||
	    !get_guest_word(&a[1], WORD(at, args[1])) ||
	    !get_guest_word(&a[2], WORD(at, args[2])) ||
	    !get_guest_word(&a[3], WORD(at, args[3])) ||
	    !get_guest_word(&a[4], WORD(at, args[4])) || !get_guest_word(&a[5], WORD(at, args[5])))
		return false;
	running->op = op;
	if (unlikely(op >= NR_HYPERCALLS))
		*result = -XEN_ENOSYS;
	else if (unlikely(op == __HYPERVISOR_multicall)) /* no batch within a batch */
		*result = trace_error(-XEN_EINVAL);
	else
		*result = hypercall_table[op](a[0], a[1], a[2], a[3], a[4], a[5]);
	return true;
}

/* Words that hypercall_continue() replaced go back, so that the entry runs on from there. */
static bool save_preempted(gva_t at, const struct multicall_entry *e)
{
	bool ok = put_guest_word(WORD(at, op), e->op);

	for (uint32_t i = 0; i < e->result && i < ARRAY_SIZE(e->args); i++)
		ok = ok && put_guest_word(WORD(at, args[i]), e->args[i]);
	return ok;
}

enum outcome { BATCH_DONE, BATCH_FAULT, BATCH_LEFT, BATCH_ENTRY_RESTARTS, BATCH_DUE };

/*
 * Entries from *at on, until *left is 0 or something ends the batch.  *result
 * is the last entry's.  What entries cost differs a thousandfold, so it is time
 * that says when to look whether something is due.
 */
static enum outcome run(struct cpu *cpu, struct vcpu *v, struct multicall_entry *running, gva_t *at,
			uint32_t *left, int32_t *result)
{
	uint32_t looked = rdtsc(), look_every = tsc_khz / 50; /* 20 us */

	do {
		if (unlikely(!perform(running, *at, result)))
			return BATCH_FAULT;
		if (!TRUST_CHECK(12, 1, running->op != __HYPERVISOR_iret))
			return BATCH_LEFT;
		if (unlikely(v->hypercall_restarted))
			return BATCH_ENTRY_RESTARTS;
		if (unlikely(!put_guest_word(WORD(*at, result), *result)))
			return BATCH_FAULT;
		*at = gva_add(*at, ENTRY_SIZE);
		--*left;
		/* A killed domain has left a note in softirq, too: the way out will see to it. */
		if (unlikely(cpu->softirq))
			return BATCH_DUE;
		if (unlikely((uint32_t)rdtsc() - looked >= look_every)) {
			if (*left && preempt_needed())
				return BATCH_DUE;
			looked = rdtsc();
		}
	} while (*left);
	return BATCH_DONE;
}

/* entries: array of multicall_entry, count: their number.  Results of entries are in the array. */
int32_t do_multicall(gva_t entries, uint32_t count)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *v = current;
	struct multicall_entry running; /* its op, for reports; what it becomes if it is preempted */
	gva_t at = entries;
	uint32_t left = count;
	enum outcome outcome;
	int32_t result = 0;

	if (!TRUST_CHECK(8, 20,
			 left <= ~0U / ENTRY_SIZE &&
				 guest_words_ok(v->domain, at, left * ENTRY_SIZE)))
		return trace_error(-XEN_EFAULT);
	if (!left)
		return 0;

	v->hypercall_restarted = false;
	cpu->multicall = &running;
	outcome = run(cpu, v, &running, &at, &left, &result);
	cpu->multicall = NULL;

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
