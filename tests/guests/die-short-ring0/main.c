/* SPDX-License-Identifier: MIT */
/*
 * Question: an iret hypercall whose frame asks for ring 0, on the short way?
 *
 * Expected: the domain dies with a report that says so; nothing runs in ring 0.
 *
 * Because: the first iret of a kernel is looked at from all sides, and the ones behind it, whose
 * stack is known to be flat, are not. die-iret-ring0 asks about the first.
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
	u.cs = 0xe008;
	note("expecting death");
	user_enter(&u);
	guest_fail("alive: vector %x", trap.vector);
}
