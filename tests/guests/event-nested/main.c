/* SPDX-License-Identifier: MIT */
/*
 * Question: is an event lost when one storms another?
 *
 * Expected: 20000 events sent from ring 1 with events on, with a periodic timer at 1 ms besides
 * and 20000 software traps from ring 3 in between: each send is one upcall more, each trap
 * arrives, and the stack ends where it began.
 */
#include "guest.h"
#include "event.h"
#include "user.h"

USER_CODE(leave, "int $0x60");
#define N 20000

void test_main(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = NS_MS };
	int port = bind_ipi(), timer = bind_virq(VIRQ_TIMER);
	struct user u;
	unsigned int lost = 0;

	user_load(&leave);
	user_default(&u);
	port_unmask(port);
	port_unmask(timer);
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0);
	events_on();
	for (unsigned int i = 0; i < N; i++) {
		port_send(port);
		if (event_count[port] != i + 1)
			lost++;
		if (user_enter(&u) != USER_EXIT)
			lost++;
		events_on();
	}
	events_off();
	note("%u events, %u timer ticks, %u upcalls", event_count[port], event_count[timer],
	     upcalls);
	EXPECT(lost, 0);
	EXPECT(event_count[port], N);
	CHECK(event_count[timer] > 2, "%u ticks", event_count[timer]);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
}
