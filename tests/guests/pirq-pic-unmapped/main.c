/* SPDX-License-Identifier: MIT */
/*
 * Question: on a machine whose interrupts come through the 8259s, can a line be bound that nobody
 * has mapped?
 *
 * Expected: lines 1 to 15 but the cascade are there from the start, as the domain's pirqs of the same
 * numbers; the clock's comes; 0, which is the hypervisor's timer, 2 and 16 are not to be had; mapping
 * one again is fine.
 *
 * Because: NetBSD as first domain, and every kernel of that age, binds what it knows to be there.
 */
#include "rtc.h"

static long bind(uint32_t pirq, int *port)
{
	struct evtchn_bind_pirq b = { .pirq = pirq };
	long rc = ringone_event_channel_op(EVTCHNOP_bind_pirq, &b);

	*port = b.port;
	return rc;
}

static void acknowledge(evtchn_port_t port)
{
	(void)port;
	rtc_read(0x0c);
}

void test_main(void)
{
	static const uint32_t not_there[] = { 0, 2, 16 };
	int port;

	rtc_ports_open();
	for (unsigned int i = 0; i < 3; i++)
		CHECK(bind(not_there[i], &port) < 0, "line %u", not_there[i]);
	EXPECT(bind(12, &port), 0); /* the mouse's */
	EXPECT(port_close(port), 0);
	rtc_stop();
	EXPECT(bind(RTC_PIRQ, &port), 0);
	event_hook = acknowledge;
	rtc_start();
	events_on();
	port_unmask(port);
	CHECK(event_wait(port, 5, 3000), "%u interrupts in three seconds", event_count[port]);
	events_off();
	rtc_stop();
	EXPECT(port_close(port), 0);
	port = rtc_bind();
	CHECK(port > 0, "mapped and bound again: %d", port);
}
