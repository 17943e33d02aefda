/* SPDX-License-Identifier: MIT */
/*
 * Question: does a kernel shut down that passes more than a reason?
 *
 * Expected: the reason counts modulo 256, in the old call's register as in the new call's structure;
 * and the first one that is said counts: the machine powers off for 0x12345600, whatever it says then.
 *
 * Because: kernels older than SCHEDOP_shutdown's structure call sched_op_compat with an address where
 * the reason belongs.
 */
#include "guest.h"

void test_main(void)
{
	struct sched_shutdown how = { .reason = 0x12345600 };

	long ret = ringone_sched_op(SCHEDOP_shutdown_code, &how);

	EXPECT(ret, 0);
	if (ret)
		return;
	guest_printf("PASS shutdown-reason\n");
	ringone_call(__HYPERVISOR_sched_op_compat, SCHEDOP_shutdown, 0x100 + SHUTDOWN_reboot, 0, 0,
		     0);
	for (;;) /* no second verdict: the run ends in its time limit */
		;
}
