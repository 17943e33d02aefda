/* SPDX-License-Identifier: MIT */
/*
 * Question: does an iret frame with EFLAGS.VM lead into virtual-8086 mode?
 *
 * Expected: no: a fault or the failsafe callback, the domain's death, or ring 3 without the bit.
 * What must not happen is code running with VM set: then the segments' limits mean nothing. The
 * guest passes unless that is what it sees. (The processor's own iret at CPL 1 must ignore the bit;
 * QEMU's does not, so that half is only looked at.)
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(flags, "pushfl; popl %eax; int $0x60");

void test_main(void)
{
	struct user u;

	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++) {
		user_load(&flags);
		user_default(&u);
		u.eflags |= 1 << 17;
		unsigned int v = user_enter(&u);

		note("%s iret: vector %x error %x eflags %x", guest_user_native ? "native" : "hypercall",
		     v, trap.error, trap.frame.eflags);
		if (v == USER_EXIT)
			EXPECT(trap.frame.eax & 1 << 17, 0);
		if (!guest_user_native)
			CHECK(v != PF, "the code ran, and elsewhere than it lies");
	}
}
