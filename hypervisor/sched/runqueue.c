/* SPDX-License-Identifier: MIT */
/*
 * Who runs next: fair sharing by virtual run time.
 *
 * Every VCPU carries the processor time it has had; the one with the least
 * runs.  Who slept does not collect a claim on the past: on waking it is set
 * at most a few milliseconds behind the others, which is what gets it the
 * processor soon.  Weights, when domains get them, scale what
 * runqueue_charge() adds.
 *
 * The queue is a list sorted by that time.  All of this runs under sched_lock.
 */
#include "internal.h"
#include "sched.h"
#include "domain/domain.h"

#define WAKE_CREDIT_NS 5000000ULL /* how far behind the rest a sleeper may wake */
#define PREEMPT_NS     1000000ULL /* smaller differences are not worth a switch */

static struct vcpu *queue;
static uint64_t floor_ns; /* vruntime of the last one picked; never decreases */

void runqueue_add(struct vcpu *v)
{
	struct vcpu **at = &queue;

	while (*at && (*at)->vruntime <= v->vruntime)
		at = &(*at)->next_runnable;
	v->next_runnable = *at;
	*at = v;
}

void runqueue_add_woken(struct vcpu *v)
{
	if (v->vruntime + WAKE_CREDIT_NS < floor_ns)
		v->vruntime = floor_ns - WAKE_CREDIT_NS;
	runqueue_add(v);
}

void runqueue_remove(struct vcpu *v)
{
	struct vcpu **at = &queue;

	while (*at && *at != v)
		at = &(*at)->next_runnable;
	if (*at) {
		*at = v->next_runnable;
		v->next_runnable = NULL;
	}
}

struct vcpu *runqueue_pick(void)
{
	struct vcpu *v = queue;

	if (!v)
		return NULL;
	queue = v->next_runnable;
	v->next_runnable = NULL;
	if (v->vruntime > floor_ns)
		floor_ns = v->vruntime;
	return v;
}

bool runqueue_empty(void)
{
	return !queue;
}

void runqueue_charge(struct vcpu *v, uint64_t ns)
{
	v->vruntime += ns;
}

void runqueue_yield(struct vcpu *v)
{
	for (const struct vcpu *q = queue; q; q = q->next_runnable)
		if (q->vruntime > v->vruntime)
			v->vruntime = q->vruntime;
}

bool runqueue_preempts(const struct vcpu *woken, const struct vcpu *running)
{
	return woken->vruntime + PREEMPT_NS < running->vruntime;
}
