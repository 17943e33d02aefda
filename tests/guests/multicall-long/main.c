/* SPDX-License-Identifier: MIT */
/*
 * Question: does a batch survive that its entries, and it itself, are interrupted?
 *
 * Expected: with the timer firing all the while and upcalls on, a batch of long and short calls
 * does every entry exactly once and in order, each with its own result and exact count; events
 * are taken between its parts, not after the last one.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

#define N      512 /* updates in a long entry */
#define LONG   12  /* long entries in a batch, each followed by a short one */
#define ROUNDS 30

static mmu_update_t u[LONG][N];
static multicall_entry_t m[2 * LONG];
static unsigned int done[LONG];

static void fill(uint64_t *entry, uint64_t base, evtchn_port_t port)
{
	static struct evtchn_send s;

	s.port = port;
	for (unsigned int i = 0; i < LONG; i++) {
		for (unsigned int k = 0; k < N; k++) {
			u[i][k].ptr = virt_to_machine(entry);
			/* The last of all leaves its number in the entry's free bits. */
			u[i][k].val = base | (uint64_t)(i % 8) << 9;
		}
		done[i] = 0;
		m[2 * i] = (multicall_entry_t){ .op = __HYPERVISOR_mmu_update,
						.result = 0x55,
						.args = { (unsigned long)u[i], N,
							  (unsigned long)&done[i], DOMID_SELF } };
		m[2 * i + 1] = (multicall_entry_t){ .op = __HYPERVISOR_event_channel_op,
						    .result = 0x55,
						    .args = { EVTCHNOP_send, (unsigned long)&s } };
	}
}

void test_main(void)
{
	struct vcpu_set_periodic_timer period = { .period_ns = NS_MS };
	void *page = page_alloc();
	uint64_t *entry = l1_entry((unsigned long)page);
	uint64_t base = (uint64_t)virt_to_mfn(page) << 12 | PTE_RW;
	int timer = bind_virq(VIRQ_TIMER), ipi = bind_ipi();
	unsigned int inside = 0, round;

	CHECK(timer > 0 && ipi > 0, "%d %d", timer, ipi);
	port_unmask(timer);
	port_unmask(ipi);
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period), 0);
	events_on();
	/* Where batches are short or ticks few, it takes more of them until one is hit. */
	for (round = 0; round < ROUNDS || (!inside && round < 20 * ROUNDS); round++) {
		fill(entry, base, ipi);
		unsigned int ticks = event_count[timer], sent = event_count[ipi];

		EXPECT(ringone_multicall(m, 2 * LONG), 0);
		inside += event_count[timer] - ticks;
		for (unsigned int i = 0; i < LONG; i++) {
			EXPECT(done[i], N);
			EXPECT((long)m[2 * i].result, 0);
			EXPECT((long)m[2 * i + 1].result, 0);
		}
		EXPECT(*entry >> 9 & 7, (LONG - 1) % 8);
		/* Each send finds the one before it taken already, or they coincide; none is lost. */
		CHECK(event_count[ipi] > sent && event_count[ipi] <= sent + LONG, "%u of %u sends",
		      event_count[ipi] - sent, LONG);
	}
	events_off();
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	note("%u ticks inside of %u batches", inside, round);
	CHECK(inside, "no tick came while %u batches ran: too fast to say anything", round);
}
