/* SPDX-License-Identifier: MIT */
/*
 * Question: does whoever has just got the processor keep it from those who wake for as long as the
 * tools say, and no longer?
 *
 * Because: a back end that sends two events in a row is interrupted between them otherwise, and its
 * guest woken twice; and a waking back end waits for whoever computes.
 *
 * Expected: with a limit of 500 ms a domain that was woken does not run within 20 ms; with the usual
 * one it runs while the other one spins; with none it runs before the send returns. A limit that
 * Xen would refuse is refused.
 */
#include "second.h"
#include "event.h"

enum { READY, PORT, ANSWERS };

static struct second s;
static evtchn_port_t port;

static void answer(evtchn_port_t p)
{
	(void)p;
	second_mail->word[ANSWERS]++;
}

static void child(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 0 };

	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	second_mail->word[PORT] = a.port;
	event_hook = answer;
	port_unmask(a.port);
	second_mail->word[READY] = 1;
	events_on();
	for (;;)
		ringone_sched_op(SCHEDOP_block, NULL);
}

static long limit(uint32_t us, uint32_t cmd)
{
	struct xen_sysctl op = { 0 };
	struct xen_sysctl_scheduler_op *a = &op.u.scheduler_op;
	long rc;

	a->sched_id = XEN_SCHEDULER_CREDIT2;
	a->cmd = cmd;
	a->u.sched_credit2.ratelimit_us = us;
	rc = second_sysctl(&op, XEN_SYSCTL_scheduler_op);
	return rc ? rc : (long)a->u.sched_credit2.ratelimit_us;
}

static long set(uint32_t us)
{
	return limit(us, XEN_SYSCTL_SCHEDOP_putinfo);
}

static void spin_for(uint64_t ns)
{
	for (uint64_t end = now_ns() + ns; now_ns() < end;)
		;
}

/*
 * How many answers an event gets while we spin for so long behind it. We got the processor a moment
 * ago, and the other one, asleep for longer than a slice before that, comes first.
 */
static uint32_t answers_within(uint64_t ns)
{
	struct sched_poll p = { .timeout = 0 };
	struct evtchn_send e = { .port = port };
	uint32_t before;

	spin_for(10 * NS_MS);
	p.timeout = now_ns() + NS_MS;
	ringone_sched_op(SCHEDOP_poll, &p);
	before = s.mail->word[ANSWERS];
	EXPECT(ringone_event_channel_op(EVTCHNOP_send, &e), 0);
	spin_for(ns);
	return s.mail->word[ANSWERS] - before;
}

/* Whatever is still to come. */
static void settle(void)
{
	struct sched_poll p = { .timeout = now_ns() + 20 * NS_MS };

	ringone_sched_op(SCHEDOP_poll, &p);
}

void test_main(void)
{
	struct evtchn_bind_interdomain b = { 0 };

	second_need();
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	second_make(&s, child);
	second_unpause(&s);
	CHECK(second_wait_word(&s, READY, 1, 5000), "the second domain did not start");
	b.remote_dom = s.id;
	b.remote_port = s.mail->word[PORT];
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), 0);
	port = b.local_port;
	settle();
	EXPECT(limit(0, XEN_SYSCTL_SCHEDOP_getinfo), 1000);
	EXPECT(set(99), -XEN_EINVAL);
	EXPECT(set(500001), -XEN_EINVAL);
	EXPECT(limit(0, XEN_SYSCTL_SCHEDOP_getinfo), 1000);
	EXPECT(answers_within(0), 0);
	settle();
	EXPECT(answers_within(3 * NS_MS), 1);
	EXPECT(set(500000), 500000);
	EXPECT(answers_within(20 * NS_MS), 0);
	settle();
	EXPECT(set(0), 0);
	EXPECT(limit(1, XEN_SYSCTL_SCHEDOP_getinfo), 0);
	EXPECT(answers_within(0), 1);
	EXPECT(set(1000), 1000);
	second_destroy(&s);
}
