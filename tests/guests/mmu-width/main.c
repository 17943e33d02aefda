/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain that may map what is no memory map it where the processor's addresses do not
 * reach?
 *
 * Because: such an entry is a reserved bit to the processor, and a fault wherever somebody follows it.
 * CPUID does not always tell how wide addresses are (this model does not); 36 was taken for granted.
 *
 * Expected: every bit from the width up to 51 is refused, in every way an entry can be written; below
 * it a frame that is no memory is a device of the first domain's.
 */
#include "guest.h"
#include "mm.h"

static uint32_t cpuid(uint32_t leaf, int edx)
{
	uint32_t a = leaf, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return edx ? d : a;
}

static unsigned int width(void)
{
	if (cpuid(0x80000000, 0) >= 0x80000008)
		return cpuid(0x80000008, 0) & 0xff;
	return cpuid(1, 1) >> 17 & 1 ? 36 : 32; /* PSE36 */
}

void test_main(void)
{
	uint64_t *table = page_alloc();
	char *page = page_alloc();
	uint64_t *e = l1_entry((unsigned long)page), home = *e;
	unsigned int bits = width();

	note("addresses of %u bits", bits);
	page_readonly(table);
	for (unsigned int bit = bits; bit < 52; bit++) {
		uint64_t bad = 1ull << bit | PTE_RW;

		CHECK(mmu_write(e, bad) < 0, "mmu_update takes bit %u", bit);
		CHECK(ringone_update_va_mapping((unsigned long)page, bad, UVMF_INVLPG) < 0,
		      "update_va_mapping takes bit %u", bit);
		page_writable(table);
		table[7] = bad;
		page_readonly(table);
		CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(table)) < 0, "a table takes bit %u",
		      bit);
	}
	EXPECT(*e, home);
	EXPECT(mmu_write(e, 1ull << (bits - 1) | PTE_RW), 0);
	EXPECT(mmu_write(e, home), 0);
}
