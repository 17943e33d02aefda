/* SPDX-License-Identifier: MIT */
/* Who has the processor. */
#ifndef RINGONE_SCHED_H
#define RINGONE_SCHED_H

#include "abi.h"
#include "percpu.h"
#include "types.h"

struct vcpu;

void sched_init(void);
/* How long who has got the processor keeps it from those who wake (sched_ratelimit_us=). */
uint32_t sched_ratelimit_us(void);
bool sched_set_ratelimit_us(uint64_t us); /* false: out of the bounds that Xen has */
bool vcpu_may_run(const struct vcpu *v);  /* its domain neither stands still nor dies */
void vcpu_wake(struct vcpu *v);           /* blocked -> runnable; kicks its CPU */
void vcpu_block(struct vcpu *v);          /* current: takes effect on the way out */
void vcpu_online(struct vcpu *v);         /* offline -> runnable */
void vcpu_offline(struct vcpu *v); /* any state -> offline; leaves the processor on the way out */
/*
 * On the way out, SOFTIRQ_SCHED taken: may switch.  While nobody can run it calls idle(c), which
 * waits for an interrupt and does what interrupts left to be done.
 */
void schedule(void (*idle)(struct cpu *c));
/* The end of boot: v, its registers in v->regs, has the processor when the caller leaves ring 0. */
void start_first_vcpu(struct vcpu *v);

void vcpu_send_nmi(struct vcpu *v); /* sched/vcpu_op.c */

/* sched/runstate.c: how long v ran, waited, slept, brought up to now */
void runstate_read(const struct vcpu *v, struct vcpu_runstate_info *info);

/* VCPUOP_initialise and its kind: a whole context; sched/vcpu_init.c says what is refused. */
int32_t vcpu_initialise(struct vcpu *v, const struct vcpu_guest_context *c);

#endif
