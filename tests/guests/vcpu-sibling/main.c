/* SPDX-License-Identifier: MIT */
/*
 * Question: does a VCPU that wakes a sibling go on for a moment, and does the sibling run soon
 * although the other one never sleeps?
 *
 * Because: who wakes another mostly does so under the lock that the other takes first (Linux's wait
 * queues). Had the sibling the processor at once, it would spin for that lock until its slice ends:
 * a pipe between two processes on two VCPUs then takes ten times as long.
 *
 * Expected: of 32 events sent to a VCPU that sleeps, each has it running only after the sender's next
 * 10,000 instructions or so, and within 2 ms, while a slice is 10.
 */
#include "smp.h"

#define ROUNDS 32

static volatile unsigned int quit, ready, woken;
static evtchn_port_t port;

static void sleeper(unsigned int id)
{
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	smp_events_off();
	while (!quit) {
		struct sched_poll p = { .nr_ports = 1, .timeout = 0 };

		set_xen_guest_handle(p.ports, &port);
		ready = 1;
		ringone_sched_op(SCHEDOP_poll, &p);
		if (ringone_port_test(shared_info->evtchn_pending, port)) {
			ringone_port_clear(shared_info->evtchn_pending, port);
			woken++;
		}
	}
	smp_stop();
}

static void spin_for(uint64_t ns)
{
	for (uint64_t end = now_ns() + ns; now_ns() < end;)
		;
}

/* It says that it sleeps just before it does. */
static int sleeps(void)
{
	struct vcpu_runstate_info rs;

	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, 1, &rs), 0);
	return ready && rs.state == RUNSTATE_blocked;
}

void test_main(void)
{
	unsigned int at_once = 0, rounds = 0;
	uint64_t latest = 0;
	int p;

	smp_need(2);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	p = smp_bind_ipi(1);
	CHECK(p > 0, "an IPI of VCPU 1: %d", p);
	port = p;
	EXPECT(smp_start(1, sleeper), 0);
	for (; rounds < ROUNDS; rounds++) {
		unsigned int before = woken;
		uint64_t since;

		for (unsigned int n = 0; !sleeps() && n < 1000; n++)
			ringone_sched_op(SCHEDOP_yield, NULL);
		CHECK(sleeps(), "VCPU 1 does not sleep, round %u", rounds);
		spin_for(3 * NS_MS); /* so that the sleeper is far enough behind */
		since = now_ns();
		EXPECT(port_send(port), 0);
		spin_for(10000);
		at_once += woken != before;
		while (woken == before && now_ns() < since + 100 * NS_MS)
			;
		CHECK(woken == before + 1, "VCPU 1 did not run within 100 ms, round %u", rounds);
		if (now_ns() - since > latest)
			latest = now_ns() - since;
	}
	note("%u of %u ran at once; the latest after %u us", at_once, rounds,
	     (unsigned int)latest / 1000);
	CHECK(at_once == 0, "%u of %u took the processor from the one that woke them", at_once,
	      rounds);
	CHECK(latest < 2 * NS_MS, "it ran after %u us", (unsigned int)latest / 1000);
	quit = 1;
	EXPECT(port_send(port), 0);
	CHECK(smp_wait_down(1, 3000), "VCPU 1 does not go down");
}
