/* SPDX-License-Identifier: MIT */
/*
 * Scheduling, inside sched/.  Mechanism (sched.c: who is running, switching,
 * idling) and policy (runqueue.c: who is next, for how long) meet here and
 * nowhere else.
 */
#ifndef RINGONE_SCHED_H
#define RINGONE_SCHED_H

#include "domain.h"

extern spinlock_t sched_lock;

/* ---- policy: runqueue.c; sched_lock is held in all of these ---- */

void runqueue_add(struct vcpu *v);       /* runnable, waits for its turn */
void runqueue_add_woken(struct vcpu *v); /* the same after sleep: may get ahead a little */
void runqueue_remove(struct vcpu *v);    /* one that is not queued is left alone */
struct vcpu *runqueue_pick(void);        /* takes out who is next; NULL when nobody waits */
bool runqueue_empty(void);
void runqueue_charge(struct vcpu *v, uint64_t ns); /* v ran; it is not queued */
void runqueue_yield(struct vcpu *v); /* v is not queued; everybody who waits comes first */
/* Is `woken` (queued) so far behind that `running`, charged up to now, should make way? */
bool runqueue_preempts(const struct vcpu *woken, const struct vcpu *running);
#define SCHED_SLICE_NS 10000000ULL /* how long one runs while others wait */

/* ---- mechanism: sched.c ---- */

void vcpu_online(struct vcpu *v);  /* offline -> runnable */
void vcpu_offline(struct vcpu *v); /* any state -> offline; leaves the processor on the way out */
void vcpu_yield(void);

/* ---- sched/vcpu_info.c ---- */

int32_t vcpu_info_register(struct vcpu *v, uint64_t mfn, uint32_t offset);

/* ---- sched/vcpu_init.c: VCPUOP_initialise ---- */

int32_t vcpu_initialise(struct vcpu *v, const struct vcpu_guest_context *c);

#endif
