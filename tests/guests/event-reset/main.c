/* SPDX-License-Identifier: MIT */
/*
 * Question: does EVTCHNOP_reset close everything the domain has, and only that?
 *
 * Expected: all ports are closed afterwards, new ones can be bound, nothing is pending that
 * nobody sent; another domain's reset is refused.
 */
#include "guest.h"
#include "event.h"

void test_main(void)
{
	struct evtchn_reset self = { .dom = DOMID_SELF }, other = { .dom = 1234 };
	struct evtchn_status st = { .dom = DOMID_SELF };
	int a = bind_ipi(), b = bind_ipi();

	CHECK(a > 0 && b > 0, "%d %d", a, b);
	EXPECT(port_send(a), 0);
	CHECK(ringone_event_channel_op(EVTCHNOP_reset, &other) < 0, "domain 1234");
	long ret = ringone_event_channel_op(EVTCHNOP_reset, &self);

	note("reset: %ld", ret);
	if (ret) {
		EXPECT(ret, -XEN_ENOSYS);
		CHECK(!on_ringone || ret == -XEN_ENOSYS, "%ld", ret);
		return;
	}
	for (int i = 0; i < 2; i++) {
		st.port = i ? b : a;
		EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
		EXPECT(st.status, EVTCHNSTAT_closed);
	}
	CHECK(port_send(a) < 0, "sent on a port that reset closed");
	a = bind_ipi();
	CHECK(a > 0, "%d", a);
	EXPECT(port_pending(a), 0);
}
