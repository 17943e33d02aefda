/* SPDX-License-Identifier: MIT */
/*
 * Question: does the processor's own iret, executed in ring 1 with EFLAGS.VM in its frame, lead to
 * virtual-8086 mode?
 *
 * Expected: on a processor (and Bochs) the bit is ignored at CPL 1 and ring 3 goes on without it.
 * QEMU 7.2 obeys it; then the first fault or interrupt from there must not take the hypervisor
 * down: the guest gets an exception, or dies. It passes if it lives to say so.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(flags, "pushfl; popl %eax; int $0x60");

void test_main(void)
{
	struct user u;

	guest_user_native = 1;
	user_load(&flags);
	user_default(&u);
	u.eflags |= 1 << 17;
	unsigned int v = user_enter(&u);

	note("vector %x error %x eflags %x", v, trap.error, trap.frame.eflags);
	if (v == USER_EXIT)
		EXPECT(trap.frame.eax & 1 << 17, 0);
	CHECK(ringone_xen_version(XENVER_version, NULL) > 0, "dead");
}
