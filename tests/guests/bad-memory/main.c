/* SPDX-License-Identifier: MIT */
/*
 * Question: a guest that asks for all memory there is, by one frame, by large extents and in
 * calls of absurd length, and gives it back badly?
 *
 * Expected: it gets its allowance and no more; the frames it gets are empty and its own; given
 * back they can be had again, twice over; the audit agrees at the end.
 */
#include "guest.h"
#include "mm.h"

#define LIST 512

static xen_pfn_t list[LIST];

static long reserve(unsigned int cmd, unsigned long n, unsigned int order)
{
	struct xen_memory_reservation r = {
		.extent_start.p = list,
		.nr_extents = n,
		.extent_order = order,
		.domid = DOMID_SELF,
	};

	return ringone_memory_op(cmd, &r);
}

static long pages(void)
{
	domid_t self = DOMID_SELF;

	return ringone_memory_op(XENMEM_current_reservation, &self);
}

static void fill_up(unsigned int order)
{
	long had = pages(), got = 0, n;
	domid_t self = DOMID_SELF;
	long most = ringone_memory_op(XENMEM_maximum_reservation, &self);

	do {
		for (unsigned int i = 0; i < LIST; i++)
			list[i] = 0x100000 + i;
		n = reserve(XENMEM_populate_physmap, LIST >> order, order);
		got += n << order;
		CHECK(n >= 0 && n <= LIST >> order, "%ld", n);
		if (n > 0 && reserve(XENMEM_decrease_reservation, n / 2, order) != n / 2)
			guest_fail("giving back %ld of order %u", n / 2, order);
		got -= n / 2 << order;
	} while (n == LIST >> order && got < 100000);
	note("order %u: had %ld, got %ld, may have %ld", order, had, got, most);
	EXPECT(pages(), had + got);
	CHECK(most < 0 || pages() <= most, "%ld of %ld", pages(), most);
}

void test_main(void)
{
	long n;

	CHECK(reserve(XENMEM_populate_physmap, 0x7fffffff, 0) < 0x7fffffff, "8 TiB");
	CHECK(reserve(XENMEM_increase_reservation, 1, 40) <= 0, "order 40");
	CHECK(reserve(XENMEM_increase_reservation, ~0ul, 31) <= 0, "2^63 pages");
	fill_up(0);
	fill_up(4);
	fill_up(9);
	list[0] = ~0ul;
	EXPECT(reserve(XENMEM_decrease_reservation, 1, 0), 0);
	list[0] = virt_to_mfn(l3_table); /* in use: its last reference is not the guest's to drop */
	EXPECT(reserve(XENMEM_decrease_reservation, 1, 0), 1);
	/* A second time there is nothing left to give. Xen, where nothing happens then, says "done". */
	n = reserve(XENMEM_decrease_reservation, 1, 0);
	CHECK(n == 0 || !on_ringone, "given back twice: %ld", n);
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
}
