/* SPDX-License-Identifier: MIT */
/*
 * Timers of the hypervisor: the queue, and the local APIC's one-shot timer
 * which is always set for its head.  The interrupt only notes SOFTIRQ_TIMER;
 * timers run on the way out, when nothing is half done.
 */
#include "internal.h"
#include "time.h"
#include "machine/machine.h"
#include "mm/mm.h"

/* A bound on one arming, so that clocks that drift apart are compared now and then. */
#define LONGEST_SLEEP SECONDS(4)

static spinlock_t timer_lock;
static struct timer *queue;

/*
 * Set the machine's timer for the head of the queue; timer_lock is held.
 * What is due already needs no interrupt: the way out looks at softirq anyway.
 */
static void program_head(void)
{
	uint64_t now;

	if (!queue)
		return; /* one interrupt too many may come; nothing is due then */
	now = now_ns();
	if (queue->expires <= now) {
		this_cpu()->softirq |= SOFTIRQ_TIMER;
		return;
	}
	lapic_timer_start(ns_to_ticks(MIN(queue->expires - now, LONGEST_SLEEP), lapic_timer_hz));
}

/* (Re)start a timer: fn(arg) runs at `expires_ns` of system time, or at once if that is over. */
void timer_set(struct timer *t, uint64_t expires_ns)
{
	spin_lock(&timer_lock);
	timerq_remove(&queue, t);
	if (timerq_insert(&queue, t, expires_ns ? expires_ns : 1))
		program_head();
	spin_unlock(&timer_lock);
}

/* After this the timer's function does not run; harmless on one that is not running. */
void timer_cancel(struct timer *t)
{
	spin_lock(&timer_lock);
	timerq_remove(&queue, t);
	spin_unlock(&timer_lock);
}

/*
 * Run what is due.  "Due" is judged by the time at which we begin, and a timer
 * function rearms only for later than that, so this ends.
 */
void timer_softirq(void)
{
	uint64_t now = now_ns();
	struct timer *t;

	for (;;) {
		spin_lock(&timer_lock);
		t = timerq_pop_due(&queue, now);
		if (!t)
			break;
		spin_unlock(&timer_lock);
		t->fn(t->arg);
	}
	program_head();
	spin_unlock(&timer_lock);
}
