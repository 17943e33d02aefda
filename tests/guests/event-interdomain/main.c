/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain connect a channel to itself, as a loopback?
 *
 * Expected: an unbound port for the domain itself can be bound once by interdomain; a send on one
 * end is pending on the other; closing one end makes the other unbound again; binding to a
 * port that is not unbound, not ours or not there fails; an unbound port for somebody else
 * cannot be bound by us.
 */
#include "guest.h"
#include "event.h"

static int alloc_unbound(domid_t remote)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = remote };
	long ret = ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a);

	return ret ? ret : (long)a.port;
}

static int connect(domid_t dom, evtchn_port_t port)
{
	struct evtchn_bind_interdomain b = { .remote_dom = dom, .remote_port = port };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b);

	return ret ? ret : (long)b.local_port;
}

static struct evtchn_status status(evtchn_port_t port)
{
	struct evtchn_status st = { .dom = DOMID_SELF, .port = port, .status = 99 };

	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	return st;
}

void test_main(void)
{
	int a = alloc_unbound(DOMID_SELF), b, other;

	CHECK(a > 0, "%d", a);
	EXPECT(status(a).status, EVTCHNSTAT_unbound);
	/* Nobody there yet: no error that matters. */
	note("send on an unbound port: %d", port_send(a));
	b = connect(DOMID_SELF, a);
	CHECK(b > 0 && b != a, "%d", b);
	/* What was sent before there was anybody to hear it comes with the binding. */
	CHECK(port_pending(b), "an event sent to nobody yet is lost");
	EXPECT(status(a).status, EVTCHNSTAT_interdomain);
	EXPECT(status(b).status, EVTCHNSTAT_interdomain);
	EXPECT(status(a).u.interdomain.port, b);
	EXPECT(status(b).u.interdomain.port, a);
	port_unmask(a);
	port_unmask(b);
	events_on();
	unsigned int had = event_count[a];

	EXPECT(port_send(b), 0);
	EXPECT(event_count[a], had + 1);
	had = event_count[b];
	EXPECT(port_send(a), 0);
	EXPECT(event_count[b], had + 1);
	events_off();

	CHECK(connect(DOMID_SELF, a) < 0, "bound twice");
	CHECK(connect(DOMID_SELF, 999) < 0, "a port that is closed");
	CHECK(connect(DOMID_SELF, 0xffffffff) < 0, "a port that cannot be");
	CHECK(connect(1234, 1) < 0, "a domain that does not exist");
	int ipi = bind_ipi();

	CHECK(connect(DOMID_SELF, ipi) < 0, "an IPI port");
	other = alloc_unbound(55);
	if (other > 0) {
		EXPECT(status(other).u.unbound.dom, 55);
		CHECK(connect(DOMID_SELF, other) < 0, "a port that waits for domain 55");
		EXPECT(port_close(other), 0);
	}
	EXPECT(port_close(b), 0);
	EXPECT(status(a).status, EVTCHNSTAT_unbound);
	EXPECT(status(b).status, EVTCHNSTAT_closed);
	b = connect(DOMID_SELF, a);
	CHECK(b > 0, "%d", b);
	EXPECT(port_close(a), 0);
	EXPECT(port_close(b), 0);
	/* To itself in the strictest sense. */
	struct evtchn_alloc_unbound wrong = { .dom = 77, .remote_dom = DOMID_SELF };

	CHECK(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &wrong) < 0, "a port of domain 77");
}
