/* SPDX-License-Identifier: MIT */
/*
 * Question: do events arrive once each, when they may, through every way of unmasking?
 *
 * Expected: a sent event is pending while events are off and arrives when they go on by a store
 * and the next entry, by iret, or by EVTCHNOP_unmask for a masked port; a masked port stays
 * pending without an upcall; two sends before delivery are one event; the selector word and the
 * pending flag are right; an upcall sees events masked.
 */
#include "guest.h"
#include "event.h"
#include "user.h"

USER_CODE(leave, "int $0x60");

static volatile uint8_t mask_in_upcall;

static void look(evtchn_port_t port)
{
	(void)port;
	mask_in_upcall = vcpu->evtchn_upcall_mask;
}

void test_main(void)
{
	int port = bind_ipi();
	struct evtchn_unmask un = { .port = port };

	CHECK(port > 0, "%d", port);
	note("port %d, masked at birth: %d", port,
	     ringone_port_test(shared_info->evtchn_mask, port));
	port_unmask(port);
	event_hook = look;

	EXPECT(port_send(port), 0);
	EXPECT(port_pending(port), 1);
	EXPECT(vcpu->evtchn_upcall_pending, 1);
	EXPECT(vcpu->evtchn_pending_sel >> (port / 32) & 1, 1);
	EXPECT(event_count[port], 0);
	events_on();
	EXPECT(event_count[port], 1);
	EXPECT(mask_in_upcall, 1);
	EXPECT(port_pending(port), 0);
	EXPECT(vcpu->evtchn_upcall_pending, 0);

	/* On at the moment of sending: there when the call returns. */
	EXPECT(port_send(port), 0);
	EXPECT(event_count[port], 2);
	events_off();
	EXPECT(port_send(port), 0);
	EXPECT(port_send(port), 0);
	events_on();
	EXPECT(event_count[port], 3);
	events_off();

	/* By iret: the way back from any trap. */
	EXPECT(port_send(port), 0);
	EXPECT(user_run(&leave), USER_EXIT);
	EXPECT(event_count[port], 4);
	events_off();

	/* A masked port. */
	port_mask(port);
	events_on();
	unsigned int before = upcalls;

	EXPECT(port_send(port), 0);
	EXPECT(port_pending(port), 1);
	EXPECT(event_count[port], 4);
	EXPECT(upcalls, before);
	EXPECT(ringone_event_channel_op(EVTCHNOP_unmask, &un), 0);
	EXPECT(event_count[port], 5);
	EXPECT(ringone_port_test(shared_info->evtchn_mask, port), 0);
	events_off();
	EXPECT(port_close(port), 0);
	CHECK(port_send(port) < 0, "sent on a closed port");
}
