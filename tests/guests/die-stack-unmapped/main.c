/* SPDX-License-Identifier: MIT */
/*
 * Question: a trap with the kernel stack pointing at nothing?
 *
 * Expected: the guest's double fault: the domain dies with a report, the hypervisor lives.
 */
#include "guest.h"

void test_main(void)
{
	note("expecting death: trap on an unmapped stack");
	asm volatile("movl $0x40001000, %esp; ud2");
	guest_fail("alive");
}
