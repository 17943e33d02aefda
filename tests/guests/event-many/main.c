/* SPDX-License-Identifier: MIT */
/*
 * Question: what about all 1023 ports?
 *
 * Expected: ports are handed out until there are no more (then -ENOSPC), each works, each comes
 * back after close, a closed port is masked or silent and not pending when it is born again; port
 * 0 is nobody's.
 */
#include "guest.h"
#include "event.h"

static int ports[1024];

void test_main(void)
{
	struct evtchn_status st = { .dom = DOMID_SELF, .port = 0 };
	int n = 0, p;

	while (n < 1024 && (p = bind_ipi()) > 0)
		ports[n++] = p;
	note("%d ports, then %d", n, p);
	CHECK(n > 1000 || !on_ringone, "%d ports", n);
	CHECK(n > 100, "%d ports", n);
	EXPECT(p, -XEN_ENOSPC);
	for (int i = 0; i < n; i++)
		port_unmask(ports[i]);
	events_on();
	for (int i = 0; i < n; i++) {
		CHECK(port_send(ports[i]) == 0, "port %d", ports[i]);
		CHECK(event_count[ports[i]] == 1, "port %d: %u events", ports[i],
		      event_count[ports[i]]);
	}
	events_off();
	for (int i = 0; i < n; i += 7)
		port_send(ports[i]);
	for (int i = 0; i < n; i++)
		EXPECT(port_close(ports[i]), 0);
	p = bind_ipi();
	CHECK(p > 0, "%d after closing all", p);
	EXPECT(port_pending(p), 0);
	CHECK(ringone_event_channel_op(EVTCHNOP_status, &st) < 0 || st.status == EVTCHNSTAT_closed,
	      "port 0 is %u", st.status);
	CHECK(port_close(0) < 0, "port 0 closed");
	CHECK(port_send(0) < 0, "port 0 sent");
	CHECK(port_close(p + 1) < 0, "a closed port closed again");
	CHECK(port_close(1024) < 0, "port 1024");
	CHECK(port_close(0xffffffff) < 0, "port 4294967295");
	CHECK(port_send(4096) < 0, "port 4096");
}
