/* SPDX-License-Identifier: MIT */
/*
 * Question: does an edge-triggered interrupt of the machine reach the initial domain?
 *
 * Expected: the battery clock's periodic interrupt, mapped and bound, counts up as an event
 * without any EOI; ports, pirqs and numbers are checked at every step; a closed port is quiet and
 * the interrupt can be bound again.
 */
#include "rtc.h"

static void acknowledge(evtchn_port_t port)
{
	(void)port;
	rtc_read(0x0c);
}

static void count(int port)
{
	event_hook = acknowledge;
	rtc_start();
	events_on();
	port_unmask(port);
	CHECK(event_wait(port, 20, 3000), "%u interrupts in three seconds", event_count[port]);
	events_off();
	rtc_stop();
}

void test_main(void)
{
	struct evtchn_bind_pirq bind = { .pirq = 200 };
	struct physdev_eoi end = { .irq = RTC_PIRQ };
	struct physdev_irq_status_query query = { .irq = RTC_PIRQ };
	struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = RTC_PIRQ };
	int port, again;

	rtc_ports_open();
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EPERM);
	bind.pirq = 0x40000000;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EINVAL);
	bind.pirq = ~0u;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EINVAL);

	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = RTC_PIRQ,
		.pirq = 0x10000000,
	};

	CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "a number far beyond any table");
	map.pirq = RTC_PIRQ;
	map.index = 0x10000000;
	CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "a line that no machine has");
	map.index = -1;
	CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "line -1");

	rtc_stop();
	port = rtc_bind();
	CHECK(port > 0, "%d", port);
	bind.pirq = RTC_PIRQ;
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EEXIST);
	EXPECT(port_send(port), -XEN_EINVAL);
	EXPECT(ringone_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
	if (on_ringone) {
		EXPECT(query.flags & XENIRQSTAT_needs_eoi, 0);
		EXPECT(ringone_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), -XEN_EBUSY);
	}

	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &status), 0);
	EXPECT(status.status, EVTCHNSTAT_pirq);
	EXPECT(status.u.pirq, RTC_PIRQ);
	count(port);
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);

	unsigned int before = event_count[port];

	EXPECT(port_close(port), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
	end.irq = 0x40000000;
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), -XEN_EINVAL);
	rtc_start();
	events_on();
	CHECK(!event_wait(port, before, 200), "an event on a closed port");
	events_off();
	rtc_stop();

	again = rtc_bind();
	CHECK(again > 0, "%d", again);
	event_count[again] = 0;
	count(again);
	EXPECT(port_close(again), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), 0);
	CHECK(ringone_physdev_op(PHYSDEVOP_unmap_pirq, &unmap) < 0, "unmapped twice");
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EPERM);
}
