/* SPDX-License-Identifier: MIT */
/*
 * Question: how long can the first domain keep interrupts off, or the hypervisor from what is due,
 * with what only it may ask for?
 *
 * Because: it gets and gives back memory in pieces of 16 MiB, and stops for a moment all there is
 * to write back caches; its guests' interrupts wait for it no less than for each other's calls.
 *
 * Expected: as in interrupts-off, every 100,000 instructions at the latest, and what was due is
 * done within 500,000, also in the middle of such a piece; and a piece that was given back in
 * several runs is gone, once and all of it: the same frames cannot be given back again.
 */
#include "guest.h"
#include "lateness.h"
#include "mm.h"

#define PIECE_ORDER 12
#define PIECE       (1u << PIECE_ORDER)
#define SPARE       0x2000ul /* pfns that nobody maps */

static xen_pfn_t extents[PIECE];

static long memory(unsigned int cmd, unsigned int n, unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .extent_order = order,
					    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, extents);
	return ringone_memory_op(cmd, &r);
}

static long pages(void)
{
	domid_t self = DOMID_SELF;

	return ringone_memory_op(XENMEM_current_reservation, &self);
}

static long write_back(unsigned int n)
{
	static mmuext_op_t ops[64];

	for (unsigned int i = 0; i < n; i++)
		ops[i].cmd = MMUEXT_FLUSH_CACHE;
	return ringone_mmuext_op(ops, n, NULL, DOMID_SELF);
}

void test_main(void)
{
	xen_pfn_t first;
	long had;

	lateness_setup();
	for (unsigned int i = 0; i < PIECE; i++)
		extents[i] = p2m[SPARE + i];
	EXPECT(MEASURE("4096 frames given back", memory(XENMEM_decrease_reservation, PIECE, 0)),
	       PIECE);
	had = pages();
	extents[0] = SPARE;
	EXPECT(MEASURE("16 MiB in a row", memory(XENMEM_populate_physmap, 1, PIECE_ORDER)), 1);
	EXPECT(pages(), had + PIECE);
	first = extents[0];
	EXPECT(MEASURE("16 MiB given back", memory(XENMEM_decrease_reservation, 1, PIECE_ORDER)),
	       1);
	EXPECT(pages(), had);
	extents[0] = first;
	EXPECT(memory(XENMEM_decrease_reservation, 1, PIECE_ORDER), 0);
	EXPECT(pages(), had);

	/* Of two, the second is not there: told so, with the first one gone. */
	extents[0] = SPARE;
	EXPECT(memory(XENMEM_populate_physmap, 1, PIECE_ORDER), 1);
	extents[1] = extents[0];
	EXPECT(MEASURE("twice the same", memory(XENMEM_decrease_reservation, 2, PIECE_ORDER)), 1);
	EXPECT(pages(), had);

	EXPECT(MEASURE("caches written back 64 times", write_back(64)), 0);
	EXPECT(MEASURE("an audit of everything",
		       ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_WHOLE, 0, 0, 0, 0)),
	       0);
	lateness_worst();
}
