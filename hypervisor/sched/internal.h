/* SPDX-License-Identifier: MIT */
/*
 * Scheduling, inside sched/.  Mechanism (sched.c: who is running, switching,
 * idling) and policy (runqueue.c: who is next, for how long) meet here and
 * nowhere else.
 */
#ifndef RINGONE_SCHED_INTERNAL_H
#define RINGONE_SCHED_INTERNAL_H

#include "domain/domain.h"
#include "sched.h"
#include "unit.h"

extern spinlock_t sched_lock;

/* ---- policy: runqueue.c; sched_lock is held in all of these ---- */

void runqueue_add(struct vcpu *v);    /* runnable, waits for its turn */
void runqueue_remove(struct vcpu *v); /* one that is not queued is left alone */
struct vcpu *runqueue_pick(void);     /* takes out who is next; NULL when nobody waits */
bool runqueue_empty(void);
void runqueue_charge(struct vcpu *v, uint64_t ns); /* v ran; it is not queued */
/* How long v, which gets the processor now, may keep it; 0: until somebody else wants it. */
uint64_t runqueue_slice(const struct vcpu *v);
void runqueue_yield(struct vcpu *v); /* v is not queued; whoever is due within a slice comes first */
/* Is `woken` (queued) so far behind that `running`, charged up to now, should make way? */
bool runqueue_preempts(const struct vcpu *woken, const struct vcpu *running);
#define SCHED_SLICE_NS 10000000ULL /* how long one runs while others wait */

/* ---- mechanism: sched.c ---- */

void sched_domain_recheck(struct domain *d); /* whether its VCPUs may run has changed */
void vcpu_yield(void);

/* ---- sched/vcpu_info.c ---- */

int32_t vcpu_info_register(struct vcpu *v, uint64_t mfn, uint32_t offset);

void vcpu_info_release(struct vcpu *v); /* undo it */
void vcpu_info_frames_held(const struct domain *d, frame_holder held, void *to);

/* ---- sched/sched_op.c ---- */

void poll_timed_out(void *vcpu); /* the end of a SCHEDOP_poll */

/* ---- sched/runstate.c: accounting and what the guest sees of it ---- */

/* sched_lock held; now: now_ns() as of just now */
void vcpu_set_runstate(struct vcpu *v, enum vcpu_runstate s, uint64_t now);
void runstate_publish(struct vcpu *v); /* to the registered area; v's tables are loaded */

/* Fixmap pages of registered vcpu_infos, handed out by sched/vcpu_info.c. */
#define FIX_VCPU_INFO(n) (FIXMAP_START + 0x20000 + (n)*PAGE_SIZE)

#endif
