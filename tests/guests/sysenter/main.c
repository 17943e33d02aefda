/* SPDX-License-Identifier: MIT */
/*
 * Question: where does SYSENTER from ring 3 lead?
 *
 * Expected: without a callback to a fault of the guest's (#GP or #UD); with a registered callback
 * (CALLBACKTYPE_sysenter) to that handler in ring 1 on the guest's kernel stack, also with NT
 * and with TF set (XSA-339: no crash). On AMD-like processors in 64-bit mode SYSENTER does not
 * exist, and plain #UD or #GP is the answer.
 */
#include "guest.h"
#include "user.h"

USER_CODE(enter, "sysenter");
USER_CODE(enter_nt, "pushfl; orl $0x4000, (%esp); popfl; sysenter");
USER_CODE(enter_tf, "pushfl; orl $0x100, (%esp); popfl; sysenter");

extern char guest_stub_soft[];

static void run(const struct user_code *c, const char *what, int registered)
{
	unsigned int v = user_run(c);

	note("%s: vector %x error %x CS %x", what, v, trap.error, trap.frame.cs & 0xffff);
	if (registered)
		CHECK(v == 0x84 || v == GP || v == UD || v == DB, "%s: vector %x", what, v);
	else
		CHECK(v == GP || v == UD || v == DB, "%s: vector %x", what, v);
	CHECK((trap.frame.cs & 3) == 3, "%s: CS %x", what, trap.frame.cs & 0xffff);
}

void test_main(void)
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_sysenter,
		.flags = CALLBACKF_mask_events,
		.address = { FLAT_KERNEL_CS, (unsigned long)guest_stub_soft + 4 * 16 },
	};
	struct callback_unregister un = { .type = CALLBACKTYPE_sysenter };

	run(&enter, "no callback", 0);
	run(&enter_nt, "no callback, NT", 0);
	run(&enter_tf, "no callback, TF", 0);
	long ret = ringone_callback_op(CALLBACKOP_register, &cb);

	note("register: %ld", ret);
	CHECK(ret == 0 || !on_ringone, "%ld", ret);
	run(&enter, "callback", !ret);
	run(&enter_nt, "callback, NT", !ret);
	run(&enter_tf, "callback, TF", !ret);
	if (!ret)
		note("unregister: %ld", ringone_callback_op(CALLBACKOP_unregister, &un));
}
