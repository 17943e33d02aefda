/* SPDX-License-Identifier: MIT */
/*
 * Question: do time, timers and run states of several VCPUs keep apart and yet agree?
 *
 * Expected: each VCPU's one-shot and periodic timers reach it alone, not early; a one-shot timer
 * is its VCPU's own to set, a periodic one anybody's; time never goes backwards from one VCPU to
 * the next; the run states of all add up to the time that has passed, no two ran at once, and a
 * registered area shows the same as the call.
 */
#include "smp.h"

#define VCPUS 4

static volatile unsigned int ticks[SMP_MAX], wrong_vcpu, backwards, quit, ready;
static evtchn_port_t port[SMP_MAX];
static struct vcpu_runstate_info area[SMP_MAX];
static uint64_t last_time;

static void tick(evtchn_port_t p)
{
	unsigned int id = smp_self();

	if (p != port[id])
		wrong_vcpu++;
	else
		ticks[id]++;
}

/* One after the other (a lock), so that each must see at least what the one before saw. */
static void look_at_clock(unsigned int id)
{
	static volatile unsigned int lock;

	if (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		return;
	uint64_t now = ringone_clock_ns(&smp_info(id)->time);

	if (now < last_time && !backwards++)
		guest_fail("VCPU %u: %llu ns after %llu ns", id, now, last_time);
	last_time = now;
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static void one_shot(unsigned int id)
{
	struct vcpu_set_singleshot_timer one = { 0 };
	unsigned int before = ticks[id];

	one.timeout_abs_ns = ringone_clock_ns(&smp_info(id)->time) + 5 * NS_MS * id;
	EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, id, &one), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, (id + 1) % VCPUS, &one), -XEN_EINVAL);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_singleshot_timer, (id + 1) % VCPUS, NULL), -XEN_EINVAL);
	while (ticks[id] == before) {
		ringone_sched_op(SCHEDOP_block, NULL);
		smp_events_off();
	}
	uint64_t now = ringone_clock_ns(&smp_info(id)->time);

	CHECK(now >= one.timeout_abs_ns, "VCPU %u: %llu ns early", id, one.timeout_abs_ns - now);
}

static void other(unsigned int id)
{
	struct vcpu_register_runstate_memory_area reg = { .addr.v = &area[id] };

	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_register_runstate_memory_area, id, &reg), 0);
	ringone_port_clear(shared_info->evtchn_pending, port[id]); /* of the default tick */
	port_unmask(port[id]);
	for (int i = 0; i < 5; i++)
		one_shot(id);
	ticks[id] = 0;
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	smp_events_on();
	while (!quit)
		look_at_clock(id);
	smp_stop();
}

static void periodic(void)
{
	struct vcpu_set_periodic_timer period = { 0 };
	uint64_t took = now_ns();

	for (unsigned int id = 1; id < VCPUS; id++) {
		period.period_ns = 20 * NS_MS * id;
		EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, id, &period), 0);
	}
	for (struct patience p = patience(600); patient(&p) || now_ns() < took + 1200 * NS_MS;)
		look_at_clock(0);
	for (unsigned int id = 1; id < VCPUS; id++)
		EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	took = (now_ns() - took) / NS_MS;
	note("ticks of 20, 40, 60 ms in %llu ms: %u %u %u", took, ticks[1], ticks[2], ticks[3]);
	/* A VCPU that waits for its turn takes several ticks as one. */
	for (unsigned int id = 1; id < VCPUS; id++)
		CHECK(ticks[id] >= 4 && ticks[id] <= took / (20 * id) + 3,
		      "VCPU %u: %u ticks in %llu ms", id, ticks[id], took);
}

static uint64_t total(const struct vcpu_runstate_info *rs)
{
	return rs->time[0] + rs->time[1] + rs->time[2] + rs->time[3];
}

static void runstates(void)
{
	struct vcpu_runstate_info rs;
	uint64_t ran = 0, start = now_ns();

	for (unsigned int id = 0; id < VCPUS; id++) {
		EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, id, &rs), 0);
		note("VCPU %u: state %d, ran %llu, waited %llu, slept %llu, off %llu us", id,
		     rs.state, rs.time[0] / 1000, rs.time[1] / 1000, rs.time[2] / 1000,
		     rs.time[3] / 1000);
		CHECK(total(&rs) <= now_ns(), "VCPU %u: %llu ns in all states", id, total(&rs));
		ran += rs.time[RUNSTATE_running];
		if (!id)
			continue;
		EXPECT(rs.state, RUNSTATE_offline);
		CHECK(rs.time[RUNSTATE_blocked] > NS_MS, "VCPU %u slept %llu ns", id,
		      rs.time[RUNSTATE_blocked]);
		CHECK(area[id].time[RUNSTATE_running] <= rs.time[RUNSTATE_running] &&
			      area[id].time[RUNSTATE_running] * 2 > rs.time[RUNSTATE_running],
		      "VCPU %u: its area says %llu, the call %llu ns", id,
		      area[id].time[RUNSTATE_running], rs.time[RUNSTATE_running]);
	}
	if (on_ringone) /* one processor */
		CHECK(ran <= now_ns(), "%llu ns of processor time in %llu ns", ran, start);
}

void test_main(void)
{
	smp_need(VCPUS);
	event_hook = tick;
	for (unsigned int id = 1; id < VCPUS; id++) {
		int p = smp_bind_virq(id, VIRQ_TIMER);

		CHECK(p > 0, "the timer of VCPU %u: %d", id, p);
		port[id] = p;
		EXPECT(smp_start(id, other), 0);
	}
	CHECK(smp_wait(&ready, VCPUS - 1, 10000), "%u VCPUs had their one-shot timers", ready);
	periodic();
	quit = 1;
	for (unsigned int id = 1; id < VCPUS; id++)
		CHECK(smp_wait_down(id, 3000), "VCPU %u does not go down", id);
	EXPECT(wrong_vcpu, 0);
	runstates();
}
