/* SPDX-License-Identifier: MIT */
/*
 * The queue of timers that are running: a list sorted by expiry, earliest
 * first.  These functions know nothing of clocks or locks, so that they can be
 * tested on the build host; time/timer.c gives them both.
 */
#ifndef RINGONE_TIME_QUEUE_H
#define RINGONE_TIME_QUEUE_H

#include "timer.h"

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
