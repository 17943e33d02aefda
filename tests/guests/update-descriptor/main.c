/* SPDX-License-Identifier: MIT */
/*
 * Question: is every descriptor that update_descriptor writes looked at?
 *
 * Expected: good data and code segments, not-present ones and zero are written into a GDT or LDT
 * page or a free page; DPL 0, call gates to ring 0 and system descriptors are refused and change
 * nothing; an unaligned address, a page table and a frame that is not the guest's are refused.
 */
#include "guest.h"
#include "mm.h"

static uint64_t *gdt;

static long put(uint64_t desc)
{
	return ringone_update_descriptor(virt_to_machine(&gdt[5]), desc);
}

static void refused(uint64_t desc, const char *what)
{
	uint64_t old = gdt[5];
	long ret = put(desc);

	note("%s: %ld, %llx", what, ret, gdt[5]);
	CHECK(ret < 0, "%s was accepted as %llx", what, gdt[5]);
	EXPECT(gdt[5], old);
}

void test_main(void)
{
	uint64_t flat = descriptor(0, 0xffff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_D);
	xen_pfn_t frame;

	gdt = page_alloc();
	page_readonly(gdt);
	frame = virt_to_mfn(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	EXPECT(put(flat), 0);
	EXPECT(gdt[5] | 1ull << 40, flat | 1ull << 40);
	EXPECT(put(descriptor(0x1000, 0xfff, DESC_P | DESC_DPL(1) | DESC_CODE, DESC_D)), 0);
	EXPECT(put(flat & ~(0x80ull << 40)), 0);
	EXPECT(put(0), 0);
	EXPECT(gdt[5], 0);
	EXPECT(put(flat), 0);
	refused(0x8c00ull << 32 | 0x6000ull << 32 | 0xe008ull << 16, "a call gate into ring 0");
	refused(0x8e00ull << 32 | 0x6000ull << 32 | 0xe008ull << 16, "an interrupt gate");
	refused(descriptor(0x1000, 0x67, DESC_P | DESC_DPL(3) | 0x9, 0), "a TSS");
	refused(descriptor(0x1000, 0xff, DESC_P | 0x2, 0), "an LDT");

	uint64_t dpl0 = descriptor(0, 0xffff, DESC_P | DESC_DPL(0) | DESC_DATA, DESC_D);
	long ret = put(dpl0);

	note("DPL 0: %ld, %llx", ret, gdt[5]);
	CHECK(ret < 0 || (gdt[5] >> 45 & 3), "DPL 0 was written");

	CHECK(ringone_update_descriptor(virt_to_machine(&gdt[5]) + 4, flat) < 0, "unaligned");
	CHECK(ringone_update_descriptor(virt_to_machine(&l3_table[1]), flat) < 0, "a page table");
	CHECK(ringone_update_descriptor((uint64_t)0x7fffff << 12, flat) < 0, "no such frame");
	EXPECT(ringone_set_gdt(&frame, 0), 0);
}
