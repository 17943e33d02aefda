/* SPDX-License-Identifier: MIT */
/* What the files of time/ know of each other. */
#ifndef RINGONE_TIME_INTERNAL_H
#define RINGONE_TIME_INTERNAL_H

#include "domain/domain.h"
#include "queue.h"
#include "scale.h"
#include "time.h"

extern struct timescale tsc_scale; /* TSC ticks to ns of system time */
extern uint32_t lapic_timer_hz;    /* ticks of the local APIC's timer a second */

void calibrate(void);             /* time/calibrate.c: fills the two above and tsc_khz */
uint64_t tsc_to_ns(uint64_t tsc); /* system time of a moment since boot */
void timer_softirq(void);
uint32_t timers_audit(void);
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_stop(struct vcpu *v);

#endif
