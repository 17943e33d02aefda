/* SPDX-License-Identifier: MIT */
/*
 * Question: an iret hypercall whose frame asks for ring 0?
 *
 * Expected: the domain dies with a report that says so; nothing runs in ring 0.
 */
#include "guest.h"
#include "user.h"

USER_CODE(flags, "pushfl; popl %eax; int $0x60");

void test_main(void)
{
	struct user u;

	user_load(&flags);
	user_default(&u);
	u.cs = 0xe008;
	note("expecting death");
	user_enter(&u);
	guest_fail("alive: vector %x", trap.vector);
}
