/* SPDX-License-Identifier: MIT */
/*
 * Question: does the writable_pagetables assist perform a trapped store to an L1 as the processor
 * would, and check it as mmu_update does?
 *
 * Expected: with the assist on, 8-byte and 4-byte stores, cmpxchg and cmpxchg8b, xchg and the bit
 * operations' plain cousins to a page table succeed or are refused by value; registers and
 * flags are right afterwards; a bad value changes nothing; a store to an L3 is not emulated;
 * with the assist off it is the same (GNU Mach never asks for it). Other widths and
 * instructions: wpt-widths.
 */
#include "guest.h"
#include "mm.h"

static uint64_t *slot;

static int cmpxchg8b(uint64_t *p, uint64_t *old, uint64_t new)
{
	unsigned char ok;

	asm volatile("lock cmpxchg8b %0; sete %1"
		     : "+m"(*p), "=q"(ok), "+A"(*old)
		     : "b"((uint32_t) new), "c"((uint32_t)(new >> 32))
		     : "cc");
	return ok;
}

static int cmpxchg(uint32_t *p, uint32_t *old, uint32_t new)
{
	unsigned char ok;

	asm volatile("lock cmpxchgl %3, %0; sete %1"
		     : "+m"(*p), "=q"(ok), "+a"(*old)
		     : "r"(new)
		     : "cc");
	return ok;
}

static void stores(uint64_t pte)
{
	volatile uint32_t *half = (volatile uint32_t *)slot;

	/* The way a PAE kernel writes: low word cleared, high word, low word. */
	EXPECT(probe(half[0] = 0), NO_FAULT);
	EXPECT(probe(half[1] = pte >> 32), NO_FAULT);
	EXPECT(probe(half[0] = (uint32_t)pte), NO_FAULT);
	EXPECT(*slot & ~(PTE_A | PTE_D), pte & ~(PTE_A | PTE_D));
	/* At once. */
	uint64_t old = *slot;

	EXPECT(cmpxchg8b(slot, &old, pte | PTE_AVAIL), 1);
	EXPECT(*slot & PTE_AVAIL, PTE_AVAIL);
	old = 1;
	EXPECT(cmpxchg8b(slot, &old, 0), 0);
	EXPECT(old, *slot);
	CHECK(*slot & PTE_P, "a failed cmpxchg8b wrote");

	uint32_t low = *slot;

	EXPECT(cmpxchg((uint32_t *)slot, &low, (uint32_t)pte), 1);
	EXPECT((uint32_t)*slot & ~0x60u, (uint32_t)pte & ~0x60u);
	low = 12345;
	EXPECT(cmpxchg((uint32_t *)slot, &low, 0), 0);
	EXPECT(low, (uint32_t)*slot);
}

static void refused(uint64_t table_ma)
{
	uint64_t before = *slot, old = before;

	probe(*(volatile uint32_t *)slot = (uint32_t)(table_ma | PTE_RW));
	EXPECT(*slot & PTE_ADDRESS, before & PTE_ADDRESS);
	probe(cmpxchg8b(slot, &old, table_ma | PTE_RW));
	EXPECT(*slot & PTE_ADDRESS, before & PTE_ADDRESS);
	/* Above the table: an L2 as well (wpt-l2), an L3 never. */
	EXPECT_FAULT(PF, *(volatile uint64_t *)&l3_table[1] = 0);
	/* Half of it in the next entry: not a store to an entry. */
	probe(*(volatile uint32_t *)((char *)slot + 6) = 0);
	EXPECT(*slot & PTE_ADDRESS, before & PTE_ADDRESS);
}

void test_main(void)
{
	char *page = page_alloc(), *va = page_alloc();

	slot = l1_entry((unsigned long)va);
	page[3] = 33;
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	stores((uint64_t)virt_to_mfn(page) << 12 | PTE_RW);
	mmuext_linear(MMUEXT_INVLPG_LOCAL, (unsigned long)va, 0);
	EXPECT(*(volatile char *)&va[3], 33);
	refused((uint64_t)virt_to_mfn(l3_table) << 12);
	/* Without the assist as with it, as recent Xens do. */
	EXPECT(ringone_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
	EXPECT(probe(*(volatile uint32_t *)slot = 0), NO_FAULT);
	EXPECT((uint32_t)*slot, 0);
	/* A fault that is nobody's to emulate stays the guest's. */
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
	page_readonly(page);
	EXPECT_FAULT(PF, *(volatile char *)page = 1);
	EXPECT(trap.cr2, (uint32_t)page);
}
