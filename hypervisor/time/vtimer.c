/* SPDX-License-Identifier: MIT */
/*
 * The timers a VCPU has: one that fires once (set_timer_op and
 * VCPUOP_set_singleshot_timer set the same one) and a periodic one.  Both
 * raise VIRQ_TIMER, which is lost if the guest never bound it.
 */
#include "call/call.h"
#include "internal.h"
#include "time.h"
#include "domain/domain.h"
#include "event/event.h"
#include "trust.h"

/*
 * A deadline that is negative as a signed number, or years away, is a guest's
 * mishap: its clock ran ahead of ours and it subtracted.  A guest left without
 * a tick would hang, so it gets one soon, as it does from Xen.
 */
#define IMPLAUSIBLE_SHIFT 50 /* 2^50 ns are 13 days */
#define SOON_NS           MS(100)

/* Every VCPU starts with a tick of 100 Hz until it says otherwise; old kernels count on it. */
#define DEFAULT_PERIOD_NS MS(10)

static void singleshot_fires(void *vcpu)
{
	send_virq(vcpu, VIRQ_TIMER);
}

/*
 * The next beat stays on the grid of the first one.  Beats that nobody could
 * hear, because the machine slept or was busy, are skipped, never queued up.
 */
static void beat(struct vcpu *v, uint64_t now)
{
	v->time.periodic_next += v->time.periodic_ns;
	if (v->time.periodic_next <= now)
		v->time.periodic_next = now + v->time.periodic_ns;
	timer_set(&v->time.periodic, v->time.periodic_next);
	send_virq(v, VIRQ_TIMER);
}

/*
 * The tick that nobody asked for is for those who are awake: it wakes nobody,
 * and is made up for by vcpu_tick_resume().
 */
static void periodic_fires(void *vcpu)
{
	struct vcpu *v = vcpu;
	bool awake = v->sched.runstate == VCPU_RUNNING || v->sched.runstate == VCPU_RUNNABLE;

	if (v->time.periodic_ns && (awake || v->time.periodic_wakes))
		beat(v, now_ns());
}

/* v runs again: a beat that fell due while it slept comes now. */
void vcpu_tick_resume(struct vcpu *v)
{
	if (v->time.periodic_ns && !v->time.periodic.expires)
		beat(v, now_ns());
}

/* A new VCPU: only the tick it starts with runs. */
void vcpu_timers_init(struct vcpu *v)
{
	v->time.singleshot = (struct timer){ .fn = singleshot_fires, .arg = v };
	v->time.periodic = (struct timer){ .fn = periodic_fires, .arg = v };
	vcpu_set_periodic(v, DEFAULT_PERIOD_NS);
	v->time.periodic_wakes = false;
}

void vcpu_timers_stop(struct vcpu *v)
{
	v->time.periodic_ns = 0;
	timer_cancel(&v->time.singleshot);
	timer_cancel(&v->time.periodic);
}

void vcpu_set_singleshot(struct vcpu *v, uint64_t expires_ns)
{
	uint64_t now;

	if (!expires_ns) {
		timer_cancel(&v->time.singleshot);
		return;
	}
	now = now_ns();
	if (TRUST_WHEN(26, 118, expires_ns > now && (expires_ns - now) >> IMPLAUSIBLE_SHIFT))
		expires_ns = now + SOON_NS;
	timer_set_now(&v->time.singleshot, expires_ns, now);
}

void vcpu_set_periodic(struct vcpu *v, uint64_t period_ns)
{
	v->time.periodic_ns = period_ns;
	v->time.periodic_wakes = true;
	if (!period_ns) {
		timer_cancel(&v->time.periodic);
		return;
	}
	v->time.periodic_next = now_ns() + period_ns;
	timer_set(&v->time.periodic, v->time.periodic_next);
}

/* set_timer_op(absolute ns of system time, low and high word): 0 stops the timer. */
int32_t do_set_timer_op(uint32_t ns_low, uint32_t ns_high)
{
	vcpu_set_singleshot(current, (uint64_t)ns_high << 32 | ns_low);
	return 0;
}
