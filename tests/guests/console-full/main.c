/* SPDX-License-Identifier: MIT */
/*
 * Question: is a guest that has filled its console ring told when there is room again?
 *
 * Because: a kernel whose ring is full stops writing and waits for the event. Without it the rest
 * of its words is never seen, and nothing else fails.
 *
 * Expected: each time that the ring is filled to the last byte and kicked, all of it is taken and
 * the console's event becomes pending, also when the kick comes while the line is still busy.
 */
#include "guest.h"
#include "event.h"

#define ROUNDS 4

static void fill(void)
{
	struct xencons_interface *ring = console.ring;
	uint32_t prod = ring->out_prod;

	while (prod - *(volatile XENCONS_RING_IDX *)&ring->out_cons < sizeof(ring->out)) {
		ring->out[prod & (sizeof(ring->out) - 1)] = prod % 64 == 63 ? '\n' : '.';
		prod++;
	}
	asm volatile("" ::: "memory");
	ring->out_prod = prod;
}

static int is_empty(void)
{
	volatile XENCONS_RING_IDX *cons = &console.ring->out_cons;

	return *cons == console.ring->out_prod;
}

void test_main(void)
{
	unsigned int told = 0, taken = 0;

	port_mask(console.port);
	for (int i = 0; i < ROUNDS; i++) {
		struct patience p = patience(10000);

		while (!is_empty() && patient(&p))
			ringone_sched_op(SCHEDOP_yield, NULL);
		ringone_port_clear(shared_info->evtchn_pending, console.port);
		fill();
		port_send(console.port);
		p = patience(10000);
		while (!(port_pending(console.port) && is_empty()) && patient(&p))
			ringone_sched_op(SCHEDOP_yield, NULL);
		told += port_pending(console.port);
		taken += is_empty();
	}
	EXPECT(taken, ROUNDS);
	EXPECT(told, ROUNDS);
}
