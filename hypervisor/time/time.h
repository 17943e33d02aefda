/* SPDX-License-Identifier: MIT */
/* System time, the hypervisor's timers, and a VCPU's. */
#ifndef RINGONE_TIME_H
#define RINGONE_TIME_H

#include "timer.h"
#include "types.h"

struct domain;
struct vcpu;

#define MS(n)      ((n)*1000000ULL)
#define SECONDS(n) ((n)*1000000000ULL)

void time_init(void);    /* TSC and LAPIC calibration, wallclock from CMOS */
uint64_t now_ns(void);   /* system time, ns since boot */
extern uint32_t tsc_khz; /* as measured; what CPUID tells guests */

/* time/timer.c: (re)start, and stop; no lock of the caller's matters to them */
void timer_set(struct timer *t, uint64_t expires_ns);
void timer_set_now(struct timer *t, uint64_t expires_ns,
		   uint64_t now); /* now_ns() as of just now */
void timer_cancel(struct timer *t);

/*
 * The longest time since the last question, in ns, from the moment for which
 * the machine's timer was set to its interrupt (somebody kept interrupts off),
 * and from a timer's time to its function (somebody kept the processor).
 */
struct lateness {
	uint64_t interrupt_ns, work_ns;
};
struct lateness timer_lateness(void);

void update_vcpu_time(struct vcpu *v); /* time page; at load and periodically */
void update_wallclock(struct domain *d);
/* At that system time it was so many seconds (and ns, below 10^9) since 1970. */
void set_wallclock(uint64_t seconds, uint32_t ns, uint64_t system_time);

/* time/vtimer.c: the timers of a VCPU */
void vcpu_set_singleshot(struct vcpu *v, uint64_t expires_ns); /* 0 stops it */
void vcpu_set_periodic(struct vcpu *v, uint64_t period_ns);    /* 0 stops it */
void vcpu_tick_resume(struct vcpu *v); /* v has just become the running one */

#endif
