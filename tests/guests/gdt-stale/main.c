/* SPDX-License-Identifier: MIT */
/*
 * Question: after another GDT was registered, or another LDT, does the processor still read the
 * pages of the one before?
 *
 * Expected: no. A selector of an entry that both have gets the base of the new one; one that only
 * the old one had cannot be loaded.
 *
 * Because: the tables lie in a window of the hypervisor's, whose translation no guest can flush.
 */
#include "guest.h"
#include "mm.h"

#define ENTRY 20
#define ONLY  21
#define SEL   (ENTRY * 8 + 1)

static uint32_t words[2] = { 0x1111, 0x2222 };

static uint64_t *table_with(const uint32_t *word, int only)
{
	uint64_t *t = page_alloc();
	uint64_t d = descriptor((unsigned long)word, 3, DESC_P | DESC_DPL(1) | DESC_DATA, DESC_D);

	t[ENTRY] = d;
	if (only)
		t[ONLY] = d;
	page_readonly(t);
	return t;
}

static uint32_t read_through(unsigned int sel)
{
	uint32_t value;

	asm volatile("mov %1, %%gs; movl %%gs:0, %0; mov %2, %%gs"
		     : "=&r"(value)
		     : "r"(sel), "r"(0));
	return value;
}

void test_main(void)
{
	uint64_t *a = table_with(&words[0], 1), *b = table_with(&words[1], 0);
	xen_pfn_t fa = virt_to_mfn(a), fb = virt_to_mfn(b);

	for (int i = 0; i < 3; i++) {
		EXPECT(ringone_set_gdt(&fa, 512), 0);
		EXPECT(read_through(SEL), 0x1111);
		EXPECT(read_through(ONLY * 8 + 1), 0x1111);
		EXPECT(ringone_set_gdt(&fb, 512), 0);
		EXPECT(read_through(SEL), 0x2222);
		EXPECT_FAULT(GP, asm volatile("mov %0, %%gs" : : "r"(ONLY * 8 + 1)));
	}
	EXPECT(ringone_set_gdt(&fb, 0), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)a, 512), 0);
		EXPECT(read_through(SEL | 4), 0x1111);
		EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)b, 512), 0);
		EXPECT(read_through(SEL | 4), 0x2222);
	}
}
