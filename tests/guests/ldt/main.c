/* SPDX-License-Identifier: MIT */
/*
 * Question: does an LDT work, page by page as it is touched, and is its limit honoured?
 *
 * Expected: after SET_LDT a selector in it loads, also in its second page; one beyond its end is
 * #GP; a page is never usable and writable at once; entries are checked like the GDT's; an LDT
 * that is not page-aligned, too long, or in the hole is refused; LDT of length 0 takes it away.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(through_gs, "movl %gs:4, %eax; int $0x60");

static uint64_t *ldt;

static unsigned int load(unsigned int index)
{
	return probe(asm volatile("mov %0, %%gs; mov %1, %%gs" : : "r"(index * 8 + 4 + 3), "r"(0)));
}

/*
 * A selector that was loaded while the LDT was longer: an instruction that the hypervisor emulates
 * through it must not read a descriptor behind the new end (XSA-298).
 */
static void stale_selector(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	uint64_t *t = page_alloc();
	static const char byte = 0x42;

	t[3] = t[300] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(t);
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)t, 512), 0);
	unsigned int v = probe(asm volatile("mov %0, %%gs"
					    :
					    : "r"(300 * 8 + 4 + 3));
			       asm volatile("outsb %%gs:(%%esi), %%dx"
					    :
					    : "S"(&byte), "d"(0x80)));
	EXPECT(v, NO_FAULT);
	v = probe(asm volatile("mov %0, %%gs"
			       :
			       : "r"(300 * 8 + 4 + 3));
		  mmuext_linear(MMUEXT_SET_LDT, (unsigned long)t, 10);
		  asm volatile("mov %0, %%fs"
			       :
			       : "r"(3 * 8 + 4 + 3));
		  asm volatile("outsb %%gs:(%%esi), %%dx"
			       :
			       : "S"(&byte), "d"(0x80)));
	note("string output through a stale selector: vector %x", v);
	CHECK(v != NO_FAULT, "a descriptor behind the end of the LDT was used");
	asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(0));
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
}

void test_main(void)
{
	uint64_t data = descriptor(USER_DATA_VA, 0xfff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_D);
	struct user u;

	ldt = page_alloc_n(2);
	ldt[0] = ldt[3] = ldt[600] = ldt[700] = data;
	ldt[7] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(0) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(ldt);
	page_readonly(ldt + 512);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 650), 0);
	EXPECT(load(3), NO_FAULT);
	EXPECT(load(600), NO_FAULT);
	EXPECT(load(700), GP);
	EXPECT(trap.error & 0xfffc, 700 * 8 + 4);
	unsigned int v = load(7);

	note("DPL 0: vector %x, entry %llx", v, ldt[7]);
	CHECK(v != NO_FAULT || (ldt[7] >> 45 & 3), "a DPL-0 segment of the LDT was loaded");
	EXPECT(load(3), NO_FAULT);
	/* Locked, or no descriptor page any more: never both writable and usable. */
	if (!page_remap(ldt, PTE_RW)) {
		CHECK(load(3) != NO_FAULT, "an LDT page is writable and in use");
		page_readonly(ldt);
	}
	EXPECT(load(3), NO_FAULT);
	user_load(&through_gs);
	((uint32_t *)user_data_page)[1] = 0xfeed;
	user_default(&u);
	u.gs = 3 * 8 + 4 + 3;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eax, 0xfeed);

	CHECK(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt + 8, 10) < 0, "not page-aligned");
	CHECK(mmuext_linear(MMUEXT_SET_LDT, (unsigned long)ldt, 8193) < 0, "8193 entries");
	/* A 64-bit Xen lives elsewhere and takes any address; its page walk finds nothing there. */
	if (on_ringone) {
		CHECK(mmuext_linear(MMUEXT_SET_LDT, hole_start, 10) < 0, "in the hole");
		CHECK(mmuext_linear(MMUEXT_SET_LDT, 0xfffff000, 8192) < 0, "wrapping");
	}
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
	EXPECT(load(3), GP);
	page_writable(ldt);
	page_writable(ldt + 512);
	if (on_ringone && (start_info->flags & SIF_INITDOMAIN))
		stale_selector();
	/* Pages that are not there, or not the guest's to give: the load faults, nobody dies. */
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0x40000000, 512), 0);
	v = load(3);
	note("LDT over nothing: vector %x", v);
	CHECK(v == PF || v == GP || v == NP, "vector %x", v);
	EXPECT(mmuext_linear(MMUEXT_SET_LDT, 0, 0), 0);
}
