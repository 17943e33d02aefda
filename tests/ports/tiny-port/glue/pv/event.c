// SPDX-License-Identifier: MIT
/* Events stand in for interrupts. tiny has one: the clock's, its line 0. */
#include <ringone/shim.h>
#include "tiny.h"
#include "pv/guest.h"

#define TIMER_LINE 0

static evtchn_port_t timer_port;
static uint64_t period, next_tick; /* nanoseconds of system time */
static void (*line_handler)(unsigned int line);

/*
 * The hypervisor's timer is asked for one tick at a time: Xen's periodic one rests while the
 * processor is blocked, which is when we wait for it. Ticks that were missed are made up for.
 */
static void tick(void)
{
	while (ringone_clock_ns(&pv_shared->vcpu_info[0].time) >= next_tick) {
		line_handler(TIMER_LINE);
		next_tick += period;
	}
	ringone_set_timer_op(next_tick);
}

static void take(evtchn_port_t port)
{
	if (port == timer_port)
		tick();
}

/* The body of an upcall: @interrupt is called for each line that has something. */
void pv_events(void (*interrupt)(unsigned int line))
{
	line_handler = interrupt;
	ringone_event_loop(pv_shared, &pv_shared->vcpu_info[0], take);
}

void pv_timer_init(uint32_t period_ns)
{
	struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };

	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	pv_must("timer event", ringone_event_channel_op(EVTCHNOP_bind_virq, &bind));
	timer_port = bind.port;
	ringone_port_clear(pv_shared->evtchn_mask, timer_port);
	period = period_ns;
	next_tick = ringone_clock_ns(&pv_shared->vcpu_info[0].time) + period;
	pv_must("timer", ringone_set_timer_op(next_tick));
}
