/* SPDX-License-Identifier: MIT */
/*
 * Question: with first=plain, does the first domain start as an ordinary guest, with a console
 * ring that reaches the serial line and survives nonsense in its indexes?
 *
 * Expected: no SIF_INITDOMAIN, no SIF_PRIVILEGED, a console ring and a store page that belong to
 * the domain, both with an unbound or connected event channel; more than a ring full of text
 * arrives; with out_prod gone mad and back again the next line still arrives.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

void test_main(void)
{
	struct xencons_interface *ring = console.ring;

	EXPECT(start_info->flags & (SIF_INITDOMAIN | SIF_PRIVILEGED), 0);
	CHECK(start_info->store_mfn, "no store page");
	CHECK(start_info->store_evtchn, "no store port");
	CHECK(start_info->console.domU.mfn, "no console page");
	CHECK(start_info->console.domU.evtchn, "no console port");
	if (!ring)
		guest_finish();
	for (int i = 0; i < 100; i++)
		note("line %d of a text that is longer than the ring of 2048 bytes", i);
	EXPECT(ring->out_prod - ring->out_cons > 2048, 0);

	/* What the consumer reads is guest input: a claim of 4 GiB waiting must not be believed. */
	XENCONS_RING_IDX prod = ring->out_prod;

	*(volatile XENCONS_RING_IDX *)&ring->out_prod = prod - 0x7fffffff;
	port_send(console.port);
	*(volatile XENCONS_RING_IDX *)&ring->out_prod = prod;
	*(volatile XENCONS_RING_IDX *)&ring->out_cons = prod;
	port_send(console.port);
	note("still here");

	struct evtchn_status st = { .dom = DOMID_SELF, .port = start_info->console.domU.evtchn };

	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	CHECK(st.status == EVTCHNSTAT_unbound || st.status == EVTCHNSTAT_interdomain, "%u",
	      st.status);
}
