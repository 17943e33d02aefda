/* SPDX-License-Identifier: MIT */
/*
 * Question: do VCPUs that sleep in turn get more than their domain's share?
 *
 * Because: who wakes may be a little behind the others, so that it gets the processor soon. If each
 * VCPU of a domain may be so, and they wake one behind the other, the domain is always ahead: these had
 * seven tenths of the processor (TRUST 26).
 *
 * Expected: six VCPUs compute for 4 ms each, every 36 ms, one behind the other, which is two thirds of the
 * processor; another domain that spins has half of it all the same.
 */
#include "second.h"
#include "smp.h"

#define TURNS    6u
#define TURN     (6 * NS_MS)
#define COMPUTE  (4 * NS_MS)
#define MEASURED (1000 * NS_MS)

static struct second s;
static volatile unsigned int quit;
static volatile uint64_t begin;
static evtchn_port_t timers[TURNS + 1];

static void spin(void)
{
	for (;;)
		second_mail->word[2]++;
}

static void sleep_until(uint64_t when)
{
	ringone_set_timer_op(when);
	ringone_sched_op(SCHEDOP_block, NULL);
	smp_events_off();
}

static void takes_turns(unsigned int id)
{
	uint64_t next = begin + id * TURN;

	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	ringone_port_clear(shared_info->evtchn_pending, timers[id]); /* of the default tick */
	port_unmask(timers[id]);
	while (!quit) {
		while (now_ns() < next && !quit)
			sleep_until(next);
		for (uint64_t end = now_ns() + COMPUTE; now_ns() < end && !quit;)
			;
		next += TURNS * TURN;
	}
	smp_stop();
}

static uint64_t time_of(domid_t id)
{
	struct xen_domctl_getdomaininfo info;

	EXPECT(second_info(id, &info), 0);
	return info.cpu_time;
}

static void sleep_ms(unsigned int ms)
{
	uint64_t end = now_ns() + ms * NS_MS;

	while (now_ns() < end) {
		struct sched_poll p = { .timeout = end };

		ringone_sched_op(SCHEDOP_poll, &p);
	}
}

void test_main(void)
{
	uint64_t others, ours;

	second_need();
	smp_need(TURNS + 1);
	second_make(&s, spin);
	for (unsigned int id = 1; id <= TURNS; id++) {
		int p = smp_bind_virq(id, VIRQ_TIMER);

		CHECK(p > 0, "the timer of VCPU %u: %d", id, p);
		timers[id] = p;
	}
	begin = now_ns() + 20 * NS_MS;
	for (unsigned int id = 1; id <= TURNS; id++)
		EXPECT(smp_start(id, takes_turns), 0);
	second_unpause(&s);
	sleep_ms(200);
	others = time_of(s.id);
	ours = time_of(0);
	sleep_ms(MEASURED / NS_MS);
	others = time_of(s.id) - others;
	ours = time_of(0) - ours;
	quit = 1;
	note("in a second: they had %llu us, the other domain %llu", ours / 1000, others / 1000);
	CHECK(others > ours * 8 / 10, "%llu of %llu us", others / 1000, (others + ours) / 1000);
	for (unsigned int id = 1; id <= TURNS; id++)
		CHECK(smp_wait_down(id, 3000), "VCPU %u does not go down", id);
	second_destroy(&s);
}
