/* SPDX-License-Identifier: MIT */
/*
 * Question: an iret hypercall whose frame asks for virtual-8086 mode, on the short way?
 *
 * Expected: the domain dies with a report that says so; that mode does not exist for guests. (Xen
 * answers with #GP.)
 *
 * Because: like die-short-ring0; die-iret-vm86 asks about the first iret.
 */
#include "guest.h"
#include "user.h"

USER_CODE(flags, "pushfl; popl %eax; int $0x60");

void test_main(void)
{
	struct user u;

	user_warm();
	user_load(&flags);
	user_default(&u);
	u.eflags |= 1 << 17;
	note("expecting death");
	user_enter(&u);
	guest_fail("alive: vector %x", trap.vector);
}
