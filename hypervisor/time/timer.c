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
#include "say/say.h"

/* A bound on one arming, so that clocks that drift apart are compared now and then. */
#define LONGEST_SLEEP SECONDS(4)

static spinlock_t timer_lock;
static struct timer *queue;
static uint64_t armed_for; /* when the machine's timer fires */
static struct lateness worst;

/*
 * Set the machine's timer for the head of the queue; timer_lock is held.
 * What is due already needs no interrupt: the way out looks at softirq anyway.
 */
static void program_head(uint64_t now)
{
	if (!queue)
		return; /* one interrupt too many may come; nothing is due then */
	if (queue->expires <= now) {
		this_cpu()->softirq |= SOFTIRQ_TIMER;
		return;
	}
	armed_for = now + MIN(queue->expires - now, LONGEST_SLEEP);
	lapic_timer_start(ns_to_ticks(armed_for - now, lapic_timer_hz));
}

struct lateness timer_lateness(void)
{
	struct lateness l = worst;

	worst = (struct lateness){ 0 };
	return l;
}

/* The same for who knows already what time it is. */
void timer_set_now(struct timer *t, uint64_t expires_ns, uint64_t now)
{
	spin_lock(&timer_lock);
	timerq_remove(&queue, t);
	if (timerq_insert(&queue, t, expires_ns ? expires_ns : 1))
		program_head(now);
	spin_unlock(&timer_lock);
}

/* (Re)start a timer: fn(arg) runs at `expires_ns` of system time, or at once if that is over. */
void timer_set(struct timer *t, uint64_t expires_ns)
{
	timer_set_now(t, expires_ns, now_ns());
}

/* After this the timer's function does not run; harmless on one that is not running. */
void timer_cancel(struct timer *t)
{
	spin_lock(&timer_lock);
	timerq_remove(&queue, t);
	spin_unlock(&timer_lock);
}

/* How late it was.  One from before the last arming was early, if anything. */
static void note_interrupt(void)
{
	uint64_t taken;

	if (!lapic_timer_taken)
		return;
	taken = tsc_to_ns(lapic_timer_taken);
	lapic_timer_taken = 0;
	if (taken > armed_for)
		worst.interrupt_ns = MAX(worst.interrupt_ns, taken - armed_for);
}

/* The queue is in order, and what is in it belongs to somebody who is there. */
uint32_t timers_audit(void)
{
	uint64_t last = 0;
	uint32_t bad = 0;

	for (const struct timer *t = queue; t; t = t->next) {
		if (t->expires >= last && t->expires && t->fn && is_hypervisor_object(t)) {
			last = t->expires;
			continue;
		}
		bad++;
		printk(LOG_ERR, "audit: timer %p in the queue is nobody's, or out of order\n", t);
		break;
	}
	return bad;
}

/*
 * Run what is due.  "Due" is judged by the time at which we begin, and a timer
 * function rearms only for later than that, so this ends.
 */
void timer_softirq(void)
{
	uint64_t now = now_ns(), due;
	struct timer *t;

	note_interrupt();
	for (;;) {
		spin_lock(&timer_lock);
		due = queue ? queue->expires : 0;
		t = timerq_pop_due(&queue, now);
		if (!t)
			break;
		worst.work_ns = MAX(worst.work_ns, now - due);
		spin_unlock(&timer_lock);
		t->fn(t->arg);
	}
	program_head(now_ns());
	spin_unlock(&timer_lock);
}
