/* SPDX-License-Identifier: MIT */
/*
 * Question: a program's page fault when the kernel has taken its handler away, on the short way?
 *
 * Expected: the domain dies, with a report that names the vector; nobody runs at 0:0.
 *
 * Because: like die-short-ring0; die-no-handler asks about a fault of the kernel's.
 */
#include "guest.h"
#include "user.h"

USER_CODE(fault, "movl 0x70000000, %eax");

void test_main(void)
{
	user_warm();
	EXPECT(user_run(&fault), PF);
	ringone_set_trap_table(NULL);
	note("expecting death: a page fault without a handler");
	user_run(&fault);
	guest_fail("alive");
}
