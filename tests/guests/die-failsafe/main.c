/* SPDX-License-Identifier: MIT */
/*
 * Question: a failsafe callback whose own code segment is gone?
 *
 * Expected: returning to the guest faults, entering the callback faults as well, and that is the
 * end of the domain, with a report; the hypervisor does not try for ever.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

extern char guest_upcall[], guest_failsafe[];

void test_main(void)
{
	uint64_t *gdt = page_alloc();
	xen_pfn_t frame = virt_to_mfn(gdt);

	struct user u;

	gdt[5] = descriptor(0, 0xfffff, DESC_P | DESC_DPL(1) | DESC_CODE, DESC_G | DESC_D);
	page_readonly(gdt);
	EXPECT(ringone_set_gdt(&frame, 512), 0);
	EXPECT(ringone_set_callbacks(FLAT_KERNEL_CS, guest_upcall, 5 * 8 + 1, guest_failsafe), 0);
	EXPECT(ringone_update_descriptor(virt_to_machine(&gdt[5]), 0), 0);
	user_setup();
	user_default(&u);
	u.cs = 0xfffb;
	note("expecting death");
	user_enter(&u);
	guest_fail("alive: vector %x", trap.vector);
}
