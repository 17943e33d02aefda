/* SPDX-License-Identifier: MIT */
/*
 * Question: is a port that was closed as good as new?
 *
 * Expected: a port that was pending when it was closed is not when its number is given out again; a
 * VIRQ whose port was closed can be bound anew, and reaches the new port.
 *
 * Because: what the last owner of a number left behind is an event that nobody sent (XSA-188).
 */
#include "guest.h"
#include "event.h"

static int pending(uint32_t port)
{
	return shared_info->evtchn_pending[port / 32] >> port % 32 & 1;
}

static void close_port(uint32_t port)
{
	struct evtchn_close c = { .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_close, &c), 0);
}

void test_main(void)
{
	struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };
	uint32_t port = bind_ipi(), again;
	struct evtchn_send s = { .port = port };

	EXPECT(ringone_event_channel_op(EVTCHNOP_send, &s), 0);
	EXPECT(pending(port), 1);
	close_port(port);
	again = bind_ipi();
	EXPECT(again, port);
	EXPECT(pending(again), 0);

	long first = ringone_event_channel_op(EVTCHNOP_bind_virq, &virq);

	if (first) /* the framework has it: there is one to give back */
		note("VIRQ_TIMER is taken: %ld", first);
	EXPECT(first, 0);
	close_port(virq.port);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_virq, &virq), 0);
	CHECK(ringone_event_channel_op(EVTCHNOP_bind_virq, &virq) < 0, "bound twice");
}
