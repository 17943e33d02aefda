/* SPDX-License-Identifier: MIT */
/*
 * Question: is a guest told when its own data segments cannot be loaded on the way back to it?
 *
 * Expected: a selector that was good when it was loaded and is gone when the hypervisor returns
 * (its descriptor was zeroed meanwhile) ends in the failsafe callback, with the selectors as
 * they were in front of the ordinary frame; or the hypervisor quietly loads null. Never a crash.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(look, "movw %fs, %ax; movw %gs, %bx; int $0x60");

void test_main(void)
{
	uint64_t *gdt = page_alloc();
	xen_pfn_t frame = virt_to_mfn(gdt);

	gdt[4] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	asm volatile("mov %0, %%fs" : : "r"(4 * 8 + 3));
	unsigned int v = probe(long r = ringone_update_descriptor(virt_to_machine(&gdt[4]), 0);
			       unsigned int fs;

			       asm volatile("mov %%fs, %0"
					    : "=r"(fs));
			       note("update_descriptor %ld, FS is %x afterwards", r, fs & 0xffff));
	note("vector %x", v);
	CHECK(v == NO_FAULT || v == FAILSAFE, "vector %x", v);
	if (v == FAILSAFE)
		EXPECT(trap.frame.fs & 0xffff, 4 * 8 + 3);
	asm volatile("mov %0, %%fs" : : "r"(0));
	EXPECT(ringone_xen_version(XENVER_version, NULL) > 0, 1);
	/* And with the GDT taken away altogether. */
	EXPECT(ringone_update_descriptor(virt_to_machine(&gdt[4]),
					 descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA,
						    DESC_G | DESC_D)),
	       0);
	asm volatile("mov %0, %%gs" : : "r"(4 * 8 + 3));
	v = probe(ringone_set_gdt(&frame, 0));
	note("GDT gone with GS loaded: vector %x", v);
	CHECK(v == NO_FAULT || v == FAILSAFE, "vector %x", v);
	asm volatile("mov %0, %%gs" : : "r"(0));
	EXPECT(user_run(&look), USER_EXIT);
}
