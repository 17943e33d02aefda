/* SPDX-License-Identifier: MIT */
/*
 * Question: what happens to a vector without a handler?
 *
 * Expected: int n is #GP with the vector's number, from ring 1 and ring 3; vectors the hypervisor
 * uses itself (its own call, interrupts) are #GP from ring 3; the guest lives on.
 */
#include "guest.h"
#include "user.h"

USER_CODE(int82, "movl $17, %eax; int $0x82; int $0x60");
USER_CODE(int20, "int $0x20");
USER_CODE(int8, "int $8");
USER_CODE(int2, "int $2");
USER_CODE(int14, "int $14");
USER_CODE(intff, "int $0xff");
USER_CODE(intef, "int $0xef");

void test_main(void)
{
	EXPECT_FAULT(GP, asm volatile("int $0x90"));
	CHECK(trap_error_is_int(0x90), "error %x", trap.error);
	EXPECT_FAULT(GP, asm volatile("int $0xff"));
	EXPECT_FAULT(GP, asm volatile("int $0x20"));
	EXPECT_FAULT(GP, asm volatile("int $0xef"));
	EXPECT(user_run(&int20), GP);
	CHECK(trap_error_is_int(0x20), "error %x", trap.error);
	EXPECT(trap.frame.eip, USER_CODE_VA);
	EXPECT(user_run(&int8), GP);
	/* 2 doubled is 4, and 0x82 doubled is 4 again, which ring 3 may raise (guest.h). */
	if (!on_ringone)
		return;
	EXPECT(user_run(&int2), GP);
	EXPECT(user_run(&int14), GP);
	EXPECT(user_run(&intff), GP);
	EXPECT(user_run(&intef), GP);
	/* A hypercall from ring 3 is none. */
	unsigned int v = user_run(&int82);

	CHECK(v == GP || (v == USER_EXIT && (int)trap.frame.eax < 0), "vector %x, eax %x", v,
	      trap.frame.eax);
}
