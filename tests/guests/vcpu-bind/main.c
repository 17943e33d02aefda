/* SPDX-License-Identifier: MIT */
/*
 * Question: does an event reach the VCPU it is bound to, and can it be bound to another?
 *
 * Expected: an inter-domain channel goes to VCPU 0 until EVTCHNOP_bind_vcpu moves it, from then on
 * to the VCPU it was moved to, and status says so; IPIs and per-VCPU VIRQs cannot be moved, global
 * VIRQs can; a VIRQ of a VCPU binds once for each VCPU; VCPUs and ports that do not exist are
 * refused; a masked port that is moved keeps its event, and the new VCPU gets it on unmask.
 */
#include "smp.h"

#define VCPUS 4

static volatile unsigned int taken_by[SMP_MAX], quit, up;
static evtchn_port_t watched;

static void who(evtchn_port_t port)
{
	if (port == watched)
		taken_by[smp_self()]++;
}

static void waits(unsigned int id)
{
	(void)id;
	__atomic_add_fetch(&up, 1, __ATOMIC_SEQ_CST);
	while (!quit) {
		ringone_sched_op(SCHEDOP_block, NULL);
		smp_events_off();
	}
	smp_stop();
}

static long bind(evtchn_port_t port, unsigned int id)
{
	struct evtchn_bind_vcpu b = { .port = port, .vcpu = id };

	return ringone_event_channel_op(EVTCHNOP_bind_vcpu, &b);
}

static unsigned int bound_to(evtchn_port_t port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &s), 0);
	return s.vcpu;
}

/* A channel from the domain to itself: @out is sent on, @in is where it arrives. */
static void loop(evtchn_port_t *out, evtchn_port_t *in)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain b = { .remote_dom = DOMID_SELF };

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	b.remote_port = *in = a.port;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), 0);
	*out = b.local_port;
	port_mask(*out);
}

static void expect_at(unsigned int id, unsigned int times)
{
	events_on();
	CHECK(smp_wait(&taken_by[id], times, 3000), "VCPU %u has taken it %u times, not %u", id,
	      taken_by[id], times);
	events_off();
	for (unsigned int i = 0; i < VCPUS; i++)
		CHECK(i == id || !taken_by[i], "VCPU %u has taken what is VCPU %u's", i, id);
	taken_by[id] = 0;
}

static void moves(evtchn_port_t out, evtchn_port_t in)
{
	watched = in;
	event_hook = who;
	EXPECT(bound_to(in), 0);
	port_unmask(in);
	EXPECT(port_send(out), 0);
	expect_at(0, 1);
	for (unsigned int round = 0; round < 50; round++) {
		unsigned int id = (round * 7 + 1) % VCPUS;

		EXPECT(bind(in, id), 0);
		EXPECT(bound_to(in), id);
		smp_own(in, id);
		EXPECT(port_send(out), 0);
		expect_at(id, 1);
	}

	/* Sent while masked and bound to 1, moved, unmasked: 2 gets it. */
	struct evtchn_unmask un = { .port = in };

	EXPECT(bind(in, 1), 0);
	port_mask(in);
	EXPECT(port_send(out), 0);
	EXPECT(bind(in, 2), 0);
	smp_own(in, 2);
	EXPECT(ringone_event_channel_op(EVTCHNOP_unmask, &un), 0);
	expect_at(2, 1);
}

static void refusals(evtchn_port_t in)
{
	int ipi = smp_bind_ipi(1), timer = smp_bind_virq(1, VIRQ_TIMER);
	int console = smp_bind_virq(0, VIRQ_CONSOLE);

	CHECK(ipi > 0 && timer > 0, "%d %d", ipi, timer);
	EXPECT(bound_to(ipi), 1);
	EXPECT(bound_to(timer), 1);
	EXPECT(bind(ipi, 2), -XEN_EINVAL);
	EXPECT(bind(timer, 2), -XEN_EINVAL);
	EXPECT(smp_bind_virq(1, VIRQ_TIMER), -XEN_EEXIST);
	CHECK(smp_bind_virq(2, VIRQ_TIMER) > 0, "VCPU 2 has a timer of its own");
	EXPECT(smp_bind_virq(VCPUS, VIRQ_TIMER), -XEN_ENOENT);
	EXPECT(smp_bind_ipi(VCPUS), -XEN_ENOENT);
	EXPECT(smp_bind_ipi(~0u), -XEN_ENOENT);
	EXPECT(smp_bind_virq(1, VIRQ_CONSOLE), -XEN_EINVAL);
	if (console > 0) {
		EXPECT(bind(console, 3), 0);
		EXPECT(bound_to(console), 3);
	}
	EXPECT(bind(in, VCPUS), -XEN_ENOENT);
	EXPECT(bind(in, ~0u), -XEN_ENOENT);
	EXPECT(bind(1000, 1), -XEN_EINVAL);
	EXPECT(bind(~0u, 1), -XEN_EINVAL);
}

void test_main(void)
{
	evtchn_port_t out, in;

	smp_need(VCPUS);
	loop(&out, &in);
	for (unsigned int id = 1; id < VCPUS; id++)
		EXPECT(smp_start(id, waits), 0);
	CHECK(smp_wait(&up, VCPUS - 1, 5000), "%u VCPUs came up", up);
	moves(out, in);
	refusals(in);

	quit = 1;
	for (unsigned int id = 1; id < VCPUS; id++) {
		EXPECT(bind(in, id), 0);
		smp_own(in, id);
		EXPECT(port_send(out), 0);
		CHECK(smp_wait_down(id, 3000), "VCPU %u does not go down", id);
	}
}
