/* SPDX-License-Identifier: MIT */
/*
 * Question: does set_gdt take a table of the guest's own, and look at every descriptor in it?
 *
 * Expected: segments of ring 1 and 3 load and work; the page is locked against writing; gates,
 * TSSs, LDTs and descriptors of DPL 0 are refused or can never be loaded; too many entries are
 * refused; the flat selectors stay; the reserved pages cannot be reached by a table.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(through_fs, "movl %fs:0, %eax; int $0x60");

static uint64_t *gdt;
static xen_pfn_t frame;

static long install(uint64_t desc)
{
	long ret;

	ringone_set_gdt(&frame, 0);
	page_writable(gdt);
	gdt[4] = desc;
	page_readonly(gdt);
	ret = ringone_set_gdt(&frame, 512);
	return ret;
}

static void good(void)
{
	static uint32_t word = 0x12345678;
	struct user u;
	uint32_t got;

	EXPECT(install(descriptor((uint32_t)&word, 0xffff, DESC_P | DESC_DPL(1) | DESC_DATA,
				  DESC_D)),
	       0);
	EXPECT_FAULT(PF, *(volatile uint64_t *)&gdt[4] = 0);
	asm volatile("mov %1, %%fs; movl %%fs:0, %0; mov %2, %%fs"
		     : "=&r"(got)
		     : "r"(4 * 8 + 1), "r"(0));
	EXPECT(got, word);
	EXPECT(install(descriptor(USER_DATA_VA, 0xffff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_D)),
	       0);
	user_load(&through_fs);
	*(uint32_t *)user_data_page = 0xabcd;
	user_default(&u);
	u.fs = 4 * 8 + 3;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eax, 0xabcd);
	EXPECT(trap.frame.fs & 0xffff, 4 * 8 + 3);
}

/* Loading it must fail if installing it did not. */
static void harmless(uint64_t desc, const char *what)
{
	long ret = install(desc);
	unsigned int v = NO_FAULT;

	if (!ret && (desc >> 44 & 1))
		v = probe(asm volatile("mov %0, %%fs; mov %1, %%fs" : : "r"(4 * 8 + 1), "r"(0)));
	else if (!ret)
		v = probe(asm volatile("lcall $0x21, $0"));
	note("%s: set_gdt %ld, then vector %x", what, ret, v);
	CHECK(ret || v != NO_FAULT || gdt[4] != desc, "%s could be used", what);
}

void test_main(void)
{
	unsigned long frames[16];

	gdt = page_alloc();
	frame = virt_to_mfn(gdt);
	good();
	harmless(descriptor(0, 0xfffff, DESC_P | DESC_DPL(0) | DESC_DATA, DESC_G | DESC_D),
		 "DPL 0 data");
	harmless((0xe008ull << 16) | 0x8c00ull << 32 | DESC_DPL(3) * (1ull << 40),
		 "a call gate into ring 0");
	harmless(descriptor(0x1000, 0x67, DESC_P | DESC_DPL(3) | 0x9, 0), "a TSS");
	harmless(descriptor(0x1000, 0xff, DESC_P | DESC_DPL(3) | 0x2, 0), "an LDT");
	harmless(0x8e00ull << 32 | DESC_DPL(3) * (1ull << 40) | 0xe008ull << 16,
		 "an interrupt gate");
	harmless(0x8500ull << 32 | DESC_DPL(3) * (1ull << 40) | 0xe040ull << 16, "a task gate");

	/* 14 pages at most; a table that would cover the reserved selectors is refused. */
	EXPECT(install(0), 0);
	for (int i = 0; i < 16; i++)
		frames[i] = frame;
	CHECK(ringone_set_gdt(frames, 14 * 512 + 1) < 0, "a table over the reserved part");
	CHECK(ringone_set_gdt(frames, 16 * 512) < 0, "16 pages");
	EXPECT(ringone_set_gdt(frames, 2 * 512), 0);
	frames[0] = 0x7fffff;
	CHECK(ringone_set_gdt(frames, 512) < 0, "a frame that does not exist");
	EXPECT(probe(asm volatile("mov %0, %%fs; mov %1, %%fs"
				  :
				  : "r"(FLAT_KERNEL_DS), "r"(0))),
	       NO_FAULT);
	EXPECT_FAULT(GP, asm volatile("mov %0, %%fs" : : "r"(0xe011)));
	EXPECT(ringone_set_gdt(&frame, 0), 0);
	page_writable(gdt);
}
