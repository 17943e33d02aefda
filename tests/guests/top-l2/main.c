/* SPDX-License-Identifier: MIT */
/*
 * Question: is the top L2, whose upper slots are the hypervisor's, kept apart from all others?
 *
 * Expected: an L3 needs one in slot 3; it belongs to slot 3 only (whether of several L3s asks
 * top-shared); an ordinary L2 pinned as such is refused there; the slots of the hole can be neither
 * written nor, through any other slot, copied; L3[3] of tables in use cannot be emptied or replaced;
 * other L3 slots of the tables in use change at once.
 */
#include "guest.h"
#include "mm.h"

static uint64_t entry(void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

void test_main(void)
{
	unsigned int first = hole_start >> 21 & 511;
	uint64_t *top = l2_entry(hole_start) - first;
	uint64_t *data = page_alloc(), *spare = page_alloc();
	struct tables t;

	/* The hypervisor's slots. */
	page_readonly(spare);
	for (unsigned int i = first; i < 512; i += 511 - first) {
		uint64_t old = top[i];

		CHECK(mmu_write(&top[i], 0) < 0 || top[i] == old, "slot %u emptied", i);
		CHECK(mmu_write(&top[i], entry(spare, TABLE_FLAGS)) < 0 || top[i] == old,
		      "slot %u replaced", i);
		EXPECT(top[i], old);
		CHECK(!old || mmu_write(&top[first - 1], old) < 0, "slot %u copied to a guest's",
		      i);
		CHECK(!old || mmu_write(l2_entry((unsigned long)data), old) < 0, "slot %u copied",
		      i);
		if (i == 511)
			break;
	}
	CHECK(mmu_write(&top[first - 1], entry(data, TABLE_FLAGS)) < 0, "a writable page as L1");
	EXPECT(mmu_write(&top[first - 1], entry(spare, TABLE_FLAGS)), 0);
	EXPECT(mmu_write(&top[first - 1], 0), 0);

	/* One L3, slot 3. */
	tables_make(&t);
	CHECK(mmu_write(&l3_table[1], l3_table[3]) < 0, "the top L2 in slot 1 as well");
	CHECK(mmu_write(&l3_table[3], 0) < 0 || (l3_table[3] & PTE_P), "slot 3 emptied");
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	CHECK(mmu_write(&l3_table[1], entry(t.l2[3], L3_FLAGS)) < 0, "another L3's top L2");
	CHECK(mmu_write(&l3_table[3], entry(t.l2[3], L3_FLAGS)) < 0, "slot 3 replaced");
	CHECK(mmu_write(&t.l3[3], l3_table[3]) < 0, "slot 3 replaced");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);

	/* Without one, or with an ordinary L2, an L3 is no address space. */
	page_writable(t.l3);
	uint64_t slot3 = t.l3[3];

	t.l3[3] = 0;
	page_readonly(t.l3);
	if (!mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3))) {
		CHECK(!on_ringone, "pinned without a top L2");
		CHECK(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)) < 0, "and used");
		mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3));
	}
	EXPECT(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(spare)), 0);
	page_writable(t.l3);
	t.l3[3] = entry(spare, L3_FLAGS);
	page_readonly(t.l3);
	CHECK(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)) < 0, "an ordinary L2 on top");
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(spare)), 0);
	page_writable(t.l3);
	t.l3[3] = slot3;
	page_readonly(t.l3);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "dead in the second address space");
	EXPECT(*(volatile xen_pfn_t *)(m2p_range.v_start + 4 * p2m[3]), 3);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
}
