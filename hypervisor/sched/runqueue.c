/* SPDX-License-Identifier: MIT */
/*
 * Who runs next: fair sharing by virtual run time.
 *
 * Every VCPU carries the processor time it has had; the one with the least
 * runs.  Who slept does not collect a claim on the past: on waking it is set
 * at most a few milliseconds behind the others, which is what gets it the
 * processor soon; and as little behind what its domain has had in all, or VCPUs
 * that sleep in turn would each begin with that.  (So one that wakes while its
 * siblings use up the domain's share waits for the others, as they do.)  Time
 * counts for less the larger its domain's weight is, and for more the more
 * VCPUs of the domain want to run, so that shares are the domains' and not the
 * VCPUs'.
 *
 * A domain with a cap has so much of each period and then stands still until the
 * next one begins; what it had too much is taken from that.
 *
 * The queue is a list sorted by that time.  All of this runs under sched_lock.
 */
#include "internal.h"
#include "sched.h"
#include "domain/domain.h"
#include "lib.h"
#include "time/time.h"
#include "trust.h"

#define WAKE_CREDIT_NS 5000000ULL /* how far behind the rest a sleeper may wake */
#define PREEMPT_NS     1000000ULL /* smaller differences are not worth a switch */

#define PLAIN_WEIGHT  256 /* credit2's default: time counts as it is */
#define CAP_PERIOD_NS MS(50)

static struct vcpu *queue;
static uint64_t floor_ns; /* the least vruntime of those who run or wait; never decreases */

/*
 * Whoever was not in the queue, asleep, paused, parked or not yet there, comes at most a little
 * behind: else a new one had the processor for as long as all had it before.  Behind whom?  Those
 * who were in it, and what its own domain has had; a domain is never behind the first of these.
 */
void runqueue_add(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu **at = &queue;

	if (d->sched.vruntime < floor_ns)
		TRUST_EFFECT(26, 110, d->sched.vruntime = floor_ns);
	if (v->sched.vruntime + WAKE_CREDIT_NS < d->sched.vruntime)
		TRUST_EFFECT(26, 128, v->sched.vruntime = d->sched.vruntime - WAKE_CREDIT_NS);
	while (*at && (*at)->sched.vruntime <= v->sched.vruntime)
		at = &(*at)->sched.next_runnable;
	v->sched.next_runnable = *at;
	*at = v;
}

void runqueue_remove(struct vcpu *v)
{
	struct vcpu **at = &queue;

	while (*at && *at != v)
		at = &(*at)->sched.next_runnable;
	if (*at) {
		*at = v->sched.next_runnable;
		v->sched.next_runnable = NULL;
	}
}

struct vcpu *runqueue_pick(void)
{
	struct vcpu *v = queue;

	if (!v)
		return NULL;
	queue = v->sched.next_runnable;
	v->sched.next_runnable = NULL;
	if (v->sched.vruntime > floor_ns)
		floor_ns = v->sched.vruntime;
	return v;
}

bool runqueue_empty(void)
{
	return !queue;
}

/* VCPUs of the domain that run or want to. */
static uint32_t contenders(const struct domain *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		n += d->vcpus[i]->sched.runstate == VCPU_RUNNING ||
		     d->vcpus[i]->sched.runstate == VCPU_RUNNABLE;
	return MAX(n, 1U);
}

/* ---- caps ---- */

static uint64_t allowance(const struct domain *d)
{
	return CAP_PERIOD_NS / 100 * d->sched.cap;
}

static void next_period(void *unused);
static struct timer period = { .fn = next_period };

/* Locks: none; a timer's. */
static void next_period(void *unused)
{
	bool again = false;

	for (struct domain *d = domain_get_from(0), *next; d; d = next) {
		spin_lock(&sched_lock);
		d->sched.spent -= MIN(d->sched.spent, d->sched.cap ? allowance(d) : d->sched.spent);
		again |= d->sched.spent || d->sched.parked;
		d->sched.parked = d->sched.cap && d->sched.spent >= allowance(d);
		spin_unlock(&sched_lock);
		sched_domain_recheck(d);
		next = domain_get_from(d->id + 1);
		domain_put(d);
	}
	if (again)
		timer_set(&period, now_ns() + CAP_PERIOD_NS);
}

static void spend(struct domain *d, uint64_t ns)
{
	if (likely(!d->sched.cap))
		return;
	d->sched.spent += ns;
	if (!period.expires)
		timer_set(&period, now_ns() + CAP_PERIOD_NS);
	if (d->sched.spent >= allowance(d))
		d->sched.parked = true;
}

uint64_t runqueue_slice(const struct vcpu *v)
{
	const struct domain *d = v->domain;

	if (likely(!d->sched.cap))
		return queue ? SCHED_SLICE_NS : 0;
	return MIN(SCHED_SLICE_NS, allowance(d) - MIN(d->sched.spent, allowance(d) - 1));
}

/* Who runs alone is not picked again for as long as that lasts, and yet time goes on. */
static void raise_floor(const struct vcpu *running)
{
	uint64_t least = running->sched.vruntime;

	if (queue && queue->sched.vruntime < least)
		least = queue->sched.vruntime;
	if (least > floor_ns)
		floor_ns = least;
}

void runqueue_charge(struct vcpu *v, uint64_t ns)
{
	struct domain *d = v->domain;
	uint64_t scaled = ns;

	if (d->sched.weight != PLAIN_WEIGHT)
		scaled = div64_32(scaled * PLAIN_WEIGHT, d->sched.weight, NULL);
	d->sched.vruntime += scaled;
	TRUST_EFFECT(26, 120, scaled *= contenders(d));
	v->sched.vruntime += scaled;
	TRUST_EFFECT(26, 111, raise_floor(v));
	spend(d, ns);
}

/* Who by its weight is not due for long does not come first, or whoever yields waited as long. */
void runqueue_yield(struct vcpu *v)
{
	for (const struct vcpu *q = queue; q; q = q->sched.next_runnable) {
		if (TRUST_WHEN(26, 127, q->sched.vruntime > queue->sched.vruntime + SCHED_SLICE_NS))
			break;
		if (q->sched.vruntime > v->sched.vruntime)
			v->sched.vruntime = q->sched.vruntime;
	}
}

bool runqueue_preempts(const struct vcpu *woken, const struct vcpu *running)
{
	return woken->sched.vruntime + PREEMPT_NS < running->sched.vruntime;
}
