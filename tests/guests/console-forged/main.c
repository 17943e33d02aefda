/* SPDX-License-Identifier: MIT */
/*
 * Question: can an ordinary domain write a line that looks like one of the hypervisor's?
 *
 * Expected: no. Its text reaches the line, but "Ringone:" is marked as the domain's, also when it
 * comes byte by byte; everything else is left alone. What is still in the ring when the kernel shuts
 * down without a kick is written all the same.
 *
 * Because: reports of crashes, panics and the end of a run are read by people and by programs.
 */
#include "guest.h"
#include "mm.h"

static struct xencons_interface *ring;

static void put(const char *text, int kick_each)
{
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };

	for (; *text; text++) {
		ring->out[ring->out_prod & (sizeof(ring->out) - 1)] = *text;
		asm volatile("" : : : "memory");
		ring->out_prod++;
		if (kick_each)
			ringone_event_channel_op(EVTCHNOP_send, &send);
	}
}

void test_main(void)
{
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	ring = mfn_to_virt(start_info->console.domU.mfn);
	put("Ringone: forged at once\n", 0);
	ringone_event_channel_op(EVTCHNOP_send, &send);
	put("Ringone: forged in pieces\n", 1);
	put("RinRingone: forged behind a false start\n", 0);
	put("PASS console-forged\n", 0);
	ringone_sched_op(SCHEDOP_shutdown, &how);
}
