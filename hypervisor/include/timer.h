/* SPDX-License-Identifier: MIT */
/*
 * A timer, and the queue that holds those which are running: a list sorted by
 * expiry, earliest first.  The list is short (three timers a VCPU and two
 * watchdogs a domain), the head is what matters, and looking at it is free.
 *
 * The queue's own functions know nothing of clocks or locks, so that they can
 * be tested on the build host; time/timer.c gives them both.
 */
#ifndef RINGONE_TIMER_H
#define RINGONE_TIMER_H

#include "types.h"

struct timer {
	uint64_t expires; /* ns of system time; 0 = not queued */
	void (*fn)(void *arg);
	void *arg;
	struct timer *next;
};

/*
 * Queue a timer for `expires` (ns, not 0).  Among equals the one that was there
 * first stays first.  The timer must not be queued.  True when it is the new head.
 */
bool timerq_insert(struct timer **head, struct timer *t, uint64_t expires);

/* Take a timer out; one that is not queued is left alone.  True when it was the head. */
bool timerq_remove(struct timer **head, struct timer *t);

/* Take out and return the head if it is due at `now`, else NULL. */
struct timer *timerq_pop_due(struct timer **head, uint64_t now);

#endif
