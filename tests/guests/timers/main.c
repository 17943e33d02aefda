/* SPDX-License-Identifier: MIT */
/*
 * Question: do the three ways to ask for time fire when they should?
 *
 * Expected: set_timer_op and the one-shot timer fire once, not early and (on an idle emulator)
 * within a second; a deadline in the past fires at once, or is -ETIME if "future" was asked;
 * cancelling works; the periodic timer ticks about as often as asked; periods below 1 ms may be
 * refused but not served by a storm; a VCPU other than one's own is refused.
 */
#include "guest.h"
#include "event.h"

static int timer;

static void fires(uint64_t at, const char *what)
{
	unsigned int before = event_count[timer];

	events_on();
	int came = event_wait(timer, before, 2000);
	uint64_t now = now_ns();

	events_off();
	CHECK(came, "%s never fired", what);
	CHECK(now >= at, "%s fired %llu ns early", what, at - now);
	note("%s: %d us late", what, (int)((now - at) / 1000));
}

/* The tick that nobody asked for does not wake a sleeper, and goes on when it is awake again. */
static void after_sleep(void)
{
	struct sched_poll p = { .timeout = now_ns() + 60 * NS_MS };

	EXPECT(ringone_sched_op(SCHEDOP_poll, &p), 0);
	port_unmask(timer);
	for (int i = 0; i < 3; i++) {
		unsigned int before = event_count[timer];

		events_on();
		CHECK(event_wait(timer, before, 1000) || !on_ringone, "no tick after a sleep");
		events_off();
	}
	port_mask(timer);
}

void test_main(void)
{
	struct vcpu_set_singleshot_timer one = { .flags = VCPU_SSHOTTMR_future };
	struct vcpu_set_periodic_timer period = { .period_ns = 10 * NS_MS };
	uint64_t at;

	timer = bind_virq(VIRQ_TIMER);
	CHECK(timer > 0, "%d", timer);
	after_sleep();
	port_unmask(timer);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	events_on();
	events_off();

	at = now_ns() + 10 * NS_MS;
	EXPECT(ringone_set_timer_op(at), 0);
	fires(at, "set_timer_op");
	at = now_ns();
	EXPECT(ringone_set_timer_op(at - 1), 0);
	fires(at, "set_timer_op in the past");
	/* A negative one is a mishap of the guest's, which would hang without a tick. */
	at = now_ns();
	EXPECT(ringone_set_timer_op(-1ull), 0);
	fires(at, "set_timer_op in 584 years");

	one.timeout_abs_ns = at = now_ns() + 10 * NS_MS;
	EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, &one), 0);
	fires(at, "one-shot");
	one.timeout_abs_ns = now_ns() - NS_MS;
	long ret = ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, &one);

	CHECK(ret == -XEN_ETIME || (!ret && !on_ringone), "%ld", ret);
	if (!ret)
		fires(one.timeout_abs_ns, "one-shot in the past, flag ignored");
	one.flags = 0;
	at = now_ns();
	EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, &one), 0);
	fires(at, "one-shot in the past");

	/* One that was stopped in time; where the emulator was too slow it is taken and tried again. */
	unsigned int before;

	do {
		events_on();
		events_off();
		before = event_count[timer];
		one.timeout_abs_ns = now_ns() + 20 * NS_MS;
		EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, &one), 0);
		EXPECT(ringone_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	} while (now_ns() >= one.timeout_abs_ns);

	events_on();
	EXPECT(event_wait(timer, before, 40), 0);
	events_off();

	before = event_count[timer];
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period), 0);
	at = now_ns();
	events_on();
	for (struct patience p = patience(300); patient(&p);)
		;
	events_off();
	at = (now_ns() - at) / NS_MS;
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	before = event_count[timer] - before;
	note("%u ticks of 10 ms in %llu ms", before, at);
	CHECK(before >= 10 && before <= at / 10 + 3, "%u ticks in %llu ms", before, at);

	period.period_ns = 1;
	CHECK(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period) < 0, "a period of 1 ns");
	period.period_ns = ~0ull;
	note("a period of 584 years: %ld", ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period));
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	CHECK(ringone_vcpu_op(VCPUOP_set_singleshot_timer, 7, &one) < 0, "VCPU 7");
	EXPECT(ringone_vcpu_op(VCPUOP_set_singleshot_timer, 0, (void *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_set_timer_op(0), 0);
}
