/* SPDX-License-Identifier: MIT */
/*
 * Question: is SHUTDOWN_crash, what a kernel's panic says last, reported as a death?
 *
 * Expected: the domain ends and the console says that it crashed itself.
 */
#include "guest.h"

void test_main(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_crash };

	note("expecting death by its own wish");
	ringone_sched_op(SCHEDOP_shutdown, &how);
	guest_fail("alive");
}
