/* SPDX-License-Identifier: MIT */
/* What the files of time/ and sched/ know of each other; the rest of the house uses event.h. */
#ifndef RINGONE_SYSTIME_H
#define RINGONE_SYSTIME_H

#include "domain.h"
#include "timescale.h"

extern struct timescale tsc_scale; /* TSC ticks to ns of system time */
extern uint32_t lapic_timer_hz;    /* ticks of the local APIC's timer a second */
extern uint32_t tsc_khz;           /* as measured; what CPUID tells guests */

#define MS(n)      ((n)*1000000ULL)
#define SECONDS(n) ((n)*1000000000ULL)

void calibrate(void); /* time/calibrate.c: fills the two above */

/* time/vtimer.c: a VCPU's timers.  sched/sched_op.c has the end of a poll. */
void poll_timed_out(void *vcpu);
void vcpu_set_singleshot(struct vcpu *v, uint64_t expires_ns); /* 0 stops it */
void vcpu_set_periodic(struct vcpu *v, uint64_t period_ns);    /* 0 stops it */
void vcpu_tick_resume(struct vcpu *v); /* v has just become the running one */

/* sched/runstate.c: accounting and what the guest sees of it. */
void runstate_read(const struct vcpu *v, struct vcpu_runstate_info *info); /* brought up to now */
void runstate_publish(struct vcpu *v); /* to the registered area; v's tables are loaded */

#endif
