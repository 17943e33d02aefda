/* SPDX-License-Identifier: MIT */
/*
 * Question: can a kernel map its page tables recursively, the top L2 included, in its own slot or in
 * another table's?
 *
 * Expected: a slot that names the top L2 is taken, read-only; the window behind it shows the
 * kernel's own L1 tables and, at the top's own place, the top without the hypervisor's slots; what
 * is changed in the top is seen there at once, by whatever call; nothing can be written through it;
 * the M2P gives the top's pfn for the frame that is read in the slot; a writable slot is refused,
 * named either way. When the top is taken apart the window is empty, never stale.
 *
 * Because: FreeBSD shows all four tables in the third one, NetBSD in the top one. A hypervisor that
 * refuses the top stops them in their first page of C; one that shows it as it is gives away its
 * own tables (XSA-182).
 */
#include "guest.h"
#include "mm.h"

#define VISIBLE     (PTE_P | PTE_A | PTE_U)
#define SLOT        8 /* of the L2 of the third gigabyte */
#define WINDOW      (0x80000000u + SLOT * 0x200000u)
#define SLOT_OF(va) ((va) >> 21 & 511)

static uint64_t *top;

static uint64_t entry(const void *table, uint64_t flags)
{
	return (uint64_t)virt_to_mfn(table) << 12 | flags;
}

/* The entry of `va`, in the last gigabyte, as a window at `window` shows it. */
static volatile uint64_t *seen(uint32_t window, uint32_t va)
{
	return (volatile uint64_t *)(window + SLOT_OF(va) * PAGE_SIZE + (va >> 12 & 511) * 8);
}

static unsigned int read_faults(volatile uint64_t *at)
{
	return probe((void)*at) != NO_FAULT;
}

/* What the window shows of this kernel's own memory, and what not. */
static void look(uint32_t window)
{
	uint32_t here = (uint32_t)top, hole = hole_start;

	EXPECT(*seen(window, here), *l1_entry(here));
	EXPECT(*seen(window, here + PAGE_SIZE), *l1_entry(here + PAGE_SIZE));
	EXPECT_FAULT(PF, *seen(window, here) = 0);
	CHECK(read_faults(seen(window, hole)), "tables of the hypervisor at %x", window);
	CHECK(read_faults(seen(window, 0xfff00000)), "tables of the hypervisor at %x", window);
}

/* Changes of the top are seen, whoever makes them. */
static void follow(uint32_t window)
{
	uint64_t *l1 = page_alloc();
	uint32_t va = 0xe8000000;
	uint64_t *slot = &top[SLOT_OF(va)];

	l1[5] = 0x1234000; /* not present, so anything */
	page_readonly(l1);
	CHECK(read_faults(seen(window, va)), "an empty slot shows something");
	EXPECT(mmu_write(slot, entry(l1, TABLE_FLAGS)), 0);
	EXPECT(*seen(window, va + 5 * PAGE_SIZE), 0x1234000);
	EXPECT(mmu_write(slot, entry(l1, VISIBLE)), 0); /* flags */
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	/* A read-only table may be stored to as ever (wpt): as far as it is allowed. */
	EXPECT_FAULT(PF,
		     *(volatile uint32_t *)seen(window, va + 5 * PAGE_SIZE) = (uint32_t)BAD_PTE);
	EXPECT(mmu_write(slot, 0), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	CHECK(read_faults(seen(window, va)), "a table that is no longer there");
	page_writable(l1); /* free of any type */
}

/* The slot that shows the top: what is read in it, and which flags it takes. */
static void slot_itself(uint64_t *slot)
{
	uint64_t shown = *slot;

	CHECK((shown & 0xfff) == VISIBLE, "flags of the slot: %llx", shown);
	EXPECT(((uint32_t *)m2p_range.v_start)[shown >> 12],
	       ((uint32_t *)m2p_range.v_start)[virt_to_mfn(top)]);
	CHECK(mmu_write(slot, entry(top, VISIBLE | PTE_W)) < 0, "writable, by the top's name");
	CHECK(mmu_write(slot, shown | PTE_W) < 0, "writable, by the name in the slot");
	EXPECT(mmu_write(slot, shown & ~PTE_U), 0);
	EXPECT(mmu_write(slot, shown), 0);
	EXPECT(mmu_write(slot, entry(top, VISIBLE)), 0);
	EXPECT(*slot, shown);
	/* What the slot names is a table to be looked at and nothing else. */
	uint64_t *spare = l1_entry((unsigned long)page_alloc());

	CHECK(mmu_write(spare, (shown & PTE_ADDRESS) | PTE_RW) < 0, "mapped writable");
	EXPECT(mmu_write(spare, (shown & PTE_ADDRESS) | PTE_RO), 0);
	EXPECT(mmu_write(spare, 0), 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, shown >> 12) < 0, "pinned as an L1");
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, shown >> 12) < 0, "pinned as an L2");
	CHECK(mmu_write_ma(shown & PTE_ADDRESS, 0) < 0, "written by mmu_update");
	CHECK(mmuext(MMUEXT_CLEAR_PAGE, shown >> 12) < 0, "cleared");
}

static void by_another_table(void)
{
	uint64_t *l2 = page_alloc();

	page_readonly(l2);
	EXPECT(mmu_write(&l3_table[2], entry(l2, L3_FLAGS)), 0);
	EXPECT(mmu_write(&l2[SLOT], entry(top, VISIBLE)), 0);
	look(WINDOW);
	follow(WINDOW);
	slot_itself(&l2[SLOT]);
	EXPECT(mmu_write(&l3_table[2], 0), 0);
	EXPECT(l2[SLOT], entry(top, VISIBLE)); /* the name that was written */
	page_writable(l2);
}

static void by_itself(void)
{
	uint32_t window = 0xe0000000;
	uint64_t *slot = &top[SLOT_OF(window)];

	EXPECT(mmu_write(slot, entry(top, VISIBLE)), 0);
	look(window);
	follow(window);
	slot_itself(slot);
	/* In its own place the window shows the top itself, as far as it is the guest's. */
	volatile uint64_t *table = (volatile uint64_t *)(window + SLOT_OF(window) * PAGE_SIZE);

	for (unsigned int i = 0; i < 512; i++)
		CHECK(i < SLOT_OF(hole_start) ? ((table[i] ^ top[i]) & ~(PTE_A | PTE_D)) == 0
					      : !(table[i] & PTE_P),
		      "slot %u: %llx, not %llx", i, table[i], top[i]);
	EXPECT(mmu_write(slot, 0), 0);
}

/* A second address space with slots of both kinds, pinned, used, and taken apart. */
static void come_and_go(void)
{
	struct tables t;
	uint64_t *l2 = page_alloc();

	tables_make(&t);
	page_writable(t.l2[3]);
	t.l2[3][SLOT_OF(0xe0000000)] = entry(t.l2[3], VISIBLE);
	page_readonly(t.l2[3]);
	EXPECT(mmuext(MMUEXT_PIN_L3_TABLE, virt_to_mfn(t.l3)), 0);
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(t.l3)), 0);
	EXPECT(*seen(0xe0000000, (uint32_t)top), *l1_entry((uint32_t)top));
	EXPECT(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(l3_table)), 0);
	/* The table in use shows the other's top. */
	page_readonly(l2);
	EXPECT(mmu_write(&l3_table[2], entry(l2, L3_FLAGS)), 0);
	EXPECT(mmu_write(&l2[SLOT], entry(t.l2[3], VISIBLE)), 0);
	EXPECT(*seen(WINDOW, (uint32_t)top), *l1_entry((uint32_t)top));
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(t.l3)), 0);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	CHECK(read_faults(seen(WINDOW, (uint32_t)top)), "the tables of a top that has gone");
	EXPECT(t.l2[3][SLOT_OF(0xe0000000)], entry(t.l2[3], VISIBLE));
	page_writable(t.l2[3]);
	page_writable(t.l3);
	EXPECT(mmu_write(&l3_table[2], 0), 0);
	page_writable(l2);
}

void test_main(void)
{
	top = (uint64_t *)((unsigned long)l2_entry(0xc0000000) & ~0xffful);
	long ret = mmu_write(&top[SLOT_OF(0xe0000000)], entry(top, VISIBLE));

	if (ret && !on_ringone) {
		note("not offered: %ld", ret);
		return;
	}
	by_itself();
	by_another_table();
	/* Often enough to notice what is not given back. */
	for (unsigned int i = 0; i < 3; i++)
		come_and_go();
	if (features & RINGONE_FEATURE_AUDIT)
		EXPECT(ringone_call(RINGONE_HYPERCALL_AUDIT, 0, 0, 0, 0, 0), 0);
}
