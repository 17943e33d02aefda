/* SPDX-License-Identifier: MIT */
/*
 * Question: is a wake-up ever lost between VCPUs that sleep until another one sends them an event?
 *
 * Expected: a token goes round all eight VCPUs, each sleeping until it comes, a thousand rounds
 * long: with SCHEDOP_block and an upcall, and with SCHEDOP_poll and a masked port. Whoever is not
 * woken stops the token for good.
 */
#include "smp.h"

#define ROUNDS 1000

static evtchn_port_t port[SMP_MAX];
static volatile unsigned int passed[SMP_MAX];

/* The hypervisor unmasks, takes a last look and lets us sleep. */
static void block_for_token(unsigned int id, unsigned int had)
{
	while (event_count[port[id]] <= had) {
		ringone_sched_op(SCHEDOP_block, NULL);
		smp_events_off();
	}
}

static void poll_for_token(unsigned int id)
{
	struct sched_poll p = { .nr_ports = 1 };

	set_xen_guest_handle(p.ports, &port[id]);
	while (!port_pending(port[id]))
		ringone_sched_op(SCHEDOP_poll, &p);
	ringone_port_clear(shared_info->evtchn_pending, port[id]);
}

static void pass_on(unsigned int id)
{
	passed[id]++;
	port_send(port[(id + 1) % SMP_MAX]);
}

static void runner(unsigned int id)
{
	for (unsigned int n = 0; n < ROUNDS; n++) {
		block_for_token(id, n);
		pass_on(id);
	}
	ringone_vcpu_op(VCPUOP_down, id, NULL);
	for (unsigned int n = 0; n < ROUNDS; n++) {
		poll_for_token(id);
		pass_on(id);
	}
	smp_stop();
}

/* VCPU 0 waits awake for the token, so that there is somebody to say where it stayed. */
static unsigned int rounds(void)
{
	for (unsigned int n = 0; n < ROUNDS; n++) {
		uint64_t end = now_ns() + 5000 * NS_MS;

		port_send(port[1]);
		while (!port_pending(port[0])) {
			if (now_ns() > end)
				return n;
			ringone_sched_op(SCHEDOP_yield, NULL);
		}
		ringone_port_clear(shared_info->evtchn_pending, port[0]);
	}
	return ROUNDS;
}

static void send_round(const char *how)
{
	for (unsigned int id = 1; id < SMP_MAX; id++) {
		passed[id] = 0;
		EXPECT(ringone_vcpu_op(VCPUOP_up, id, NULL), 0);
	}
	unsigned int done = rounds();

	if (done != ROUNDS) {
		for (unsigned int id = 1; id < SMP_MAX; id++)
			note("VCPU %u: %u times, up %ld", id, passed[id],
			     ringone_vcpu_op(VCPUOP_is_up, id, NULL));
		guest_fail("%s: the token got lost in round %u", how, done);
		guest_finish();
	}
	for (unsigned int id = 1; id < SMP_MAX; id++) {
		EXPECT(passed[id], ROUNDS);
		CHECK(smp_wait_down(id, 5000), "%s: VCPU %u does not go down", how, id);
	}
}

void test_main(void)
{
	static struct vcpu_guest_context c;

	smp_need(SMP_MAX);
	for (unsigned int id = 0; id < SMP_MAX; id++) {
		int p = smp_bind_ipi(id);

		CHECK(p > 0, "an IPI for VCPU %u: %d", id, p);
		port[id] = p;
		port_mask(p);
		if (!id)
			continue;
		smp_context(&c, id, runner);
		EXPECT(ringone_vcpu_op(VCPUOP_initialise, id, &c), 0);
		port_unmask(p);
	}
	send_round("block");
	for (unsigned int id = 1; id < SMP_MAX; id++)
		port_mask(port[id]);
	send_round("poll");
}
