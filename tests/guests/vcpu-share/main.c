/* SPDX-License-Identifier: MIT */
/*
 * Question: does a VCPU that sleeps now and then pay for the time it ran before?
 *
 * Expected: VCPU 1 computes for 4 ms, sleeps for a moment and computes again; VCPU 0 only computes.
 * Both want nearly all of the processor and get about half: a sleeper may be ahead when it wakes,
 * not for ever. (On Xen each may have a processor of its own.)
 */
#include "smp.h"

#define COMPUTE  (4 * NS_MS)
#define SLEEP    (NS_MS / 5)
#define MEASURED (800 * NS_MS)

static volatile unsigned int quit, naps;
static evtchn_port_t timer;

static void naps_often(unsigned int id)
{
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	ringone_port_clear(shared_info->evtchn_pending, timer); /* of the default tick */
	port_unmask(timer);
	while (!quit) {
		for (uint64_t end = now_ns() + COMPUTE; now_ns() < end && !quit;)
			;
		ringone_set_timer_op(now_ns() + SLEEP);
		ringone_sched_op(SCHEDOP_block, NULL);
		smp_events_off();
		naps++;
	}
	smp_stop();
}

/* It goes on napping meanwhile: a number to meet exactly (smp_wait) may pass unseen. */
static int has_begun(void)
{
	uint64_t end = now_ns() + 5000 * NS_MS;

	while (naps < 3 && now_ns() < end)
		ringone_sched_op(SCHEDOP_yield, NULL);
	return naps >= 3;
}

static uint64_t ran(unsigned int id)
{
	struct vcpu_runstate_info rs;

	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, id, &rs), 0);
	return rs.time[RUNSTATE_running];
}

void test_main(void)
{
	uint64_t mine, its, start;
	int p;

	smp_need(2);
	p = smp_bind_virq(1, VIRQ_TIMER);
	CHECK(p > 0, "the timer of VCPU 1: %d", p);
	timer = p;
	EXPECT(smp_start(1, naps_often), 0);
	CHECK(has_begun(), "VCPU 1 slept %u times", naps);

	start = now_ns();
	mine = ran(0);
	its = ran(1);
	while (now_ns() < start + MEASURED)
		;
	mine = ran(0) - mine;
	its = ran(1) - its;
	quit = 1;
	CHECK(smp_wait_down(1, 3000), "VCPU 1 does not go down");
	note("in 800 ms: VCPU 0 ran %llu, VCPU 1, in %u pieces, %llu us", mine / 1000, naps,
	     its / 1000);
	CHECK(mine > MEASURED * 36 / 100 && its > MEASURED * 36 / 100, "%llu and %llu us",
	      mine / 1000, its / 1000);
}
