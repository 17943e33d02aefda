/* SPDX-License-Identifier: MIT */
/*
 * Question: is a guest told when its own data segments cannot be loaded on the way back to it?
 *
 * Expected: a selector that was good when it was loaded and is gone when the hypervisor returns
 * (its descriptor was zeroed meanwhile) ends in the failsafe callback, with the selectors as
 * they were in front of the ordinary frame; or the hypervisor quietly loads null. Never a crash.
 *
 * Any return to the guest may be the one that reloads: that of a call, or of an interrupt at any
 * instruction. So the selector is gone again before a probe ends.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define LOAD(reg, sel) asm volatile("mov %0, %%" #reg : : "r"(sel))

USER_CODE(look, "movw %fs, %ax; movw %gs, %bx; int $0x60");

static void take_away(uint64_t *descriptor)
{
	long r = ringone_update_descriptor(virt_to_machine(descriptor), 0);
	unsigned int fs;

	asm volatile("mov %%fs, %0" : "=r"(fs));
	note("update_descriptor %ld, FS is %x afterwards", r, fs & 0xffff);
}

void test_main(void)
{
	uint64_t *gdt = page_alloc();
	xen_pfn_t frame = virt_to_mfn(gdt);

	gdt[4] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA, DESC_G | DESC_D);
	page_readonly(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	LOAD(fs, 4 * 8 + 3);
	unsigned int v = probe(take_away(&gdt[4]); LOAD(fs, 0));

	note("vector %x", v);
	CHECK(v == NO_FAULT || v == FAILSAFE, "vector %x", v);
	if (v == FAILSAFE)
		EXPECT(trap.frame.fs & 0xffff, 4 * 8 + 3);
	EXPECT(ringone_xen_version(XENVER_version, NULL) > 0, 1);
	/* And with the GDT taken away altogether. */
	EXPECT(ringone_update_descriptor(virt_to_machine(&gdt[4]),
					 descriptor(0, 0xfffff, DESC_P | DESC_DPL(3) | DESC_DATA,
						    DESC_G | DESC_D)),
	       0);
	LOAD(gs, 4 * 8 + 3);
	v = probe(ringone_set_gdt(&frame, 0); LOAD(gs, 0));
	note("GDT gone with GS loaded: vector %x", v);
	CHECK(v == NO_FAULT || v == FAILSAFE, "vector %x", v);
	EXPECT(user_run(&look), USER_EXIT);
}
