/* SPDX-License-Identifier: MIT */
/*
 * Question: a guest with all events masked and all timers off that never gives the processor
 * back?
 *
 * Expected: the hypervisor is not its prisoner: the watchdog that the guest set up for itself
 * bites in time.
 */
#include "guest.h"
#include "event.h"

void test_main(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 1 };

	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	events_off();
	note("expecting the watchdog");
	CHECK(ringone_sched_op(SCHEDOP_watchdog, &w) > 0, "no watchdog");
	for (uint64_t end = now_ns() + 20000 * NS_MS; now_ns() < end;)
		;
	guest_fail("alive after 20 s");
}
