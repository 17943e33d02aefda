/* SPDX-License-Identifier: MIT */
/*
 * Question: what does a guest win by naming one top L2 in several L3s?
 *
 * Because: the top L2 holds the hypervisor's own slots. If they left it while one table still runs
 * from it, the machine would be gone; if they stayed when the last has let go, a guest could read
 * them; if it could be had as memory in between, it would be a page table that a guest writes.
 *
 * Expected: nothing but one directory for all. Each L3 runs; what one puts into the shared part the
 * others see; the top is a table until the last L3 has let go, and clean memory behind it; a bad L3
 * takes nothing along, however often it is tried; another slot than the fourth is still refused.
 */
#include "guest.h"
#include "mm.h"

#define SHARED_VA 0xe0000000ul
#define MANY      1000

static uint64_t entry(const void *table)
{
	return (uint64_t)virt_to_mfn(table) << 12 | L3_FLAGS;
}

static uint64_t *make_l3(uint64_t low, uint64_t middle, uint64_t top)
{
	uint64_t *l3 = page_alloc();

	l3[0] = low;
	l3[1] = middle;
	l3[3] = top;
	page_readonly(l3);
	return l3;
}

static long pin(const uint64_t *l3)
{
	return mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(l3));
}

static long unpin(const uint64_t *l3)
{
	return mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l3));
}

static long run_from(const uint64_t *l3)
{
	return mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3));
}

static void still_here(void)
{
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "no hypervisor");
	EXPECT(*(volatile xen_pfn_t *)(m2p_range.v_start + 4 * p2m[3]), 3);
}

static void all_agree(void)
{
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
}

/* Beside the tables in use: an address space with their top. */
static void beside_the_one_in_use(void)
{
	uint64_t *b = make_l3(l3_table[0], 0, l3_table[3]);
	volatile uint32_t *data = page_alloc(), *shared = (void *)SHARED_VA;

	EXPECT(pin(b), 0);
	EXPECT(run_from(b), 0);
	still_here();
	map_page(SHARED_VA, virt_to_mfn((void *)data), PTE_RW);
	*shared = 4711;
	EXPECT(run_from(l3_table), 0);
	EXPECT(*shared, 4711);
	/* Taken out here, gone there. */
	EXPECT(mmu_write(l1_entry(SHARED_VA), 0), 0);
	EXPECT(run_from(b), 0);
	EXPECT(probe(*shared), PF);
	/* No slot of ours, and no other place for the top, by either name. */
	CHECK(mmu_write(l2_entry(hole_start), 0) < 0, "the hypervisor's first slot emptied");
	CHECK(mmu_write(&b[1], l3_table[3]) < 0, "the top L2 in slot 1 as well");
	CHECK(mmu_write(&b[3], 0) < 0, "slot 3 of the table in use emptied");
	EXPECT(run_from(l3_table), 0);
	EXPECT(unpin(b), 0);
	still_here();
	all_agree();
}

/* A table is memory again when the last L3 lets go, not before, and nothing of ours is in it. */
static void until_the_last(void)
{
	struct tables t;

	tables_make(&t);
	uint64_t *second = make_l3(t.l3[0], 0, t.l3[3]), *top = t.l2[3];

	EXPECT(pin(t.l3), 0);
	EXPECT(pin(second), 0);
	EXPECT(unpin(t.l3), 0);
	CHECK(page_remap(top, PTE_RW) < 0, "a top L2 in use mapped writable");
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(top)) < 0, "and an L1");
	CHECK(mmuext(MMUEXT_CLEAR_PAGE, virt_to_mfn(top)) < 0, "and cleared");
	EXPECT(run_from(second), 0);
	still_here();
	EXPECT(unpin(second), 0); /* held by being in use */
	CHECK(page_remap(top, PTE_RW) < 0, "a top L2 that runs mapped writable");
	EXPECT(run_from(l3_table), 0);
	EXPECT(page_remap(top, PTE_RW), 0);
	for (unsigned int i = hole_start >> 21 & 511; i < 512; i++)
		EXPECT(top[i], 0);
	all_agree();
}

/* What is refused takes no reference along; what comes and goes leaves none. */
static void often(void)
{
	uint64_t *good = make_l3(0, 0, l3_table[3]);
	uint64_t *bad = make_l3(l3_table[0], entry(page_alloc()), l3_table[3]);
	uint64_t *twice = make_l3(l3_table[3], 0, l3_table[3]);
	uint64_t *as_l2 = make_l3(0, entry(good), l3_table[3]);

	for (int i = 0; i < MANY; i++) {
		EXPECT(pin(good), 0);
		CHECK(pin(as_l2) < 0, "an L3 as L2");
		EXPECT(unpin(good), 0);
		CHECK(pin(bad) < 0, "an L3 with a writable page as L2");
		CHECK(pin(twice) < 0, "the top L2 in slot 0 as well");
	}
	still_here();
	all_agree();
}

void test_main(void)
{
	if (!(features & RINGONE_FEATURE_SHARED_TOP))
		guest_skip("one L3 for each top L2");
	beside_the_one_in_use();
	until_the_last();
	often();
}
