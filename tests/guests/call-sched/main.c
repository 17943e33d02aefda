/* SPDX-License-Identifier: MIT */
/*
 * Question: do yield, poll and block come back when they should, and only then?
 *
 * Expected: yield at once; poll on a pending port at once, with a timeout after it, with a port
 * out of range -EINVAL; block with a timer set returns after the timer, with events unmasked as
 * it promises. A watchdog can be set, fed and taken down; one that does not exist cannot.
 */
#include "guest.h"
#include "event.h"

static long poll(evtchn_port_t *ports, unsigned int n, uint64_t timeout)
{
	struct sched_poll p = { .nr_ports = n, .timeout = timeout };

	set_xen_guest_handle(p.ports, ports);
	return ringone_sched_op(SCHEDOP_poll, &p);
}

static long watchdog(uint32_t id, uint32_t timeout)
{
	struct sched_watchdog w = { .id = id, .timeout = timeout };

	return ringone_sched_op(SCHEDOP_watchdog, &w);
}

static void watchdogs(void)
{
	static const uint32_t bad[] = { 7, 31, 1000, 0x10000, 0x7fffffff, 0xffffffff };
	long id = watchdog(0, 100);

	CHECK(id > 0, "%ld", id);
	EXPECT(watchdog(id, 200), 0);
	EXPECT(watchdog(id, 0), 0);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(watchdog(bad[i], 100) < 0, "watchdog %x", bad[i]);
}

void test_main(void)
{
	evtchn_port_t port = bind_ipi(), bad = 100000;
	int timer = bind_virq(VIRQ_TIMER);
	uint64_t t;

	CHECK((int)port > 0, "%d", (int)port);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	EXPECT(ringone_sched_op(SCHEDOP_yield, NULL), 0);

	EXPECT(port_send(port), 0);
	t = now_ns();
	EXPECT(poll(&port, 1, t + 30000 * NS_MS), 0);
	CHECK(now_ns() - t < 30000 * NS_MS, "%llu ns on a pending port", now_ns() - t);
	ringone_port_clear(shared_info->evtchn_pending, port);

	t = now_ns();
	EXPECT(poll(&port, 1, t + 20 * NS_MS), 0);
	CHECK(now_ns() - t >= 20 * NS_MS, "back after %llu ns", now_ns() - t);
	t = now_ns();
	EXPECT(poll(NULL, 0, t + 5 * NS_MS), 0);
	CHECK(now_ns() - t >= 5 * NS_MS, "back after %llu ns", now_ns() - t);
	EXPECT(poll(&bad, 1, 1), -XEN_EINVAL);
	EXPECT(poll((evtchn_port_t *)0x1000, 1, 1), -XEN_EFAULT);
	static evtchn_port_t many[500];

	for (int i = 0; i < 500; i++)
		many[i] = port;
	EXPECT(poll(many, 500, 1), -XEN_EINVAL);

	CHECK(timer > 0, "%d", timer);
	ringone_port_clear(shared_info->evtchn_pending, timer);
	vcpu->evtchn_pending_sel = 0;
	vcpu->evtchn_upcall_pending = 0;
	port_unmask(timer);
	events_off();
	t = now_ns();
	EXPECT(ringone_set_timer_op(t + 40 * NS_MS), 0);
	EXPECT(ringone_sched_op(SCHEDOP_block, NULL), 0);
	CHECK(now_ns() - t >= 40 * NS_MS, "block came back after %llu ns", now_ns() - t);
	EXPECT(vcpu->evtchn_upcall_mask, 0);
	CHECK(event_count[timer] >= 1, "%u timer events", event_count[timer]);
	events_off();

	/* It is the pending bit that ends a poll, of a port that is masked, too: long before its deadline. */
	evtchn_port_t masked = timer;

	port_mask(timer);
	ringone_port_clear(shared_info->evtchn_pending, timer);
	t = now_ns();
	EXPECT(ringone_set_timer_op(t + 10 * NS_MS), 0);
	EXPECT(poll(&masked, 1, t + 20000 * NS_MS), 0);
	CHECK(port_pending(timer) && now_ns() < t + 10000 * NS_MS,
	      "a poll for a masked port came back after %llu ns", now_ns() - t);

	/* A poll that an event ended leaves no deadline behind, which would end the next one. */
	evtchn_port_t wanted = timer;

	port_mask(timer);
	ringone_port_clear(shared_info->evtchn_pending, timer);
	vcpu->evtchn_pending_sel = 0;
	vcpu->evtchn_upcall_pending = 0;
	t = now_ns();
	EXPECT(ringone_set_timer_op(t + 10 * NS_MS), 0);
	EXPECT(poll(&wanted, 1, t + 250 * NS_MS), 0);
	if (port_pending(timer) && now_ns() < t + 200 * NS_MS) {
		ringone_port_clear(shared_info->evtchn_pending, timer);
		vcpu->evtchn_upcall_pending = 0;
		EXPECT(ringone_set_timer_op(t + 400 * NS_MS), 0);
		EXPECT(poll(&wanted, 1, 0), 0);
		CHECK(now_ns() - t >= 400 * NS_MS, "a poll without a deadline ended after %llu ns",
		      now_ns() - t);
	}

	watchdogs();
	/* Its own end is SCHEDOP_shutdown's; the reason would be refused behind that. */
	struct sched_remote_shutdown self = { .domain_id = 0, .reason = SHUTDOWN_MAX + 1 };

	EXPECT(ringone_sched_op(SCHEDOP_remote_shutdown, &self), -XEN_EPERM);
	EXPECT(ringone_sched_op(1000, NULL), -XEN_ENOSYS);
	EXPECT(ringone_sched_op(SCHEDOP_shutdown, (void *)0x1000), -XEN_EFAULT);
	EXPECT(ringone_sched_op(SCHEDOP_poll, (void *)0xfffff000), -XEN_EFAULT);
}
