/* SPDX-License-Identifier: MIT */
/*
 * Question: is a VCPU woken whose vcpu_info is moved while it sleeps?
 *
 * Expected: moving marks everything as pending, so that no event is lost on the way. Whoever
 * sleeps in SCHEDOP_block at that moment must wake: later events find the mark set already and
 * would wake nobody. Xen refuses to move the structure of a VCPU that is up (-EINVAL); then an
 * event must reach it at the old place. Either way VCPU 1 gets the event that VCPU 0 sends.
 */
#include "smp.h"
#include "mm.h"

static struct vcpu_info *volatile info;
static volatile unsigned int wakes, asleep;
static evtchn_port_t port;

/* VCPU 1's own look at its events, wherever its structure is. */
static void look(void)
{
	while (info->evtchn_upcall_pending) {
		info->evtchn_upcall_pending = 0;
		__atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
		if (port_pending(port)) {
			ringone_port_clear(shared_info->evtchn_pending, port);
			event_take(port);
		}
	}
}

static void sleeper(unsigned int id)
{
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL), 0);
	port_unmask(port);
	info->evtchn_upcall_pending = 0;
	while (!event_count[port]) {
		asleep = 1;
		ringone_sched_op(SCHEDOP_block, NULL);
		info->evtchn_upcall_mask = 1;
		wakes++;
	}
	smp_stop();
}

static int sleeps(unsigned int id)
{
	struct vcpu_runstate_info rs;

	return !ringone_vcpu_op(VCPUOP_get_runstate_info, id, &rs) && rs.state == RUNSTATE_blocked;
}

void test_main(void)
{
	struct vcpu_register_vcpu_info vi = { 0 };
	struct vcpu_info *moved = page_alloc();
	long ret;
	int p;

	smp_need(2);
	p = smp_bind_ipi(1);
	CHECK(p > 0, "an IPI for VCPU 1: %d", p);
	port = p;
	info = smp_info(1);
	EXPECT(smp_start(1, sleeper), 0);
	event_loop = look;
	for (uint64_t end = now_ns() + 3000 * NS_MS; !sleeps(1) && now_ns() < end;)
		ringone_sched_op(SCHEDOP_yield, NULL);
	CHECK(asleep && sleeps(1), "VCPU 1 does not go to sleep");

	/* The copy lands there anyway; the old place must not be looked at any more. */
	vi.mfn = virt_to_mfn(moved);
	info = moved;
	ret = ringone_vcpu_op(VCPUOP_register_vcpu_info, 1, &vi);
	note("moving it while VCPU 1 sleeps: %ld", ret);
	if (ret)
		info = smp_info(1);
	for (int i = 0; i < 3; i++)
		ringone_sched_op(SCHEDOP_yield, NULL);

	EXPECT(port_send(port), 0);
	CHECK(smp_wait_down(1, 3000), "VCPU 1 sleeps on, woken %u times, %u events", wakes,
	      event_count[port]);
	EXPECT(event_count[port], 1);
}
