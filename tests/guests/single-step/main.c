/* SPDX-License-Identifier: MIT */
/*
 * Question: does the trap flag step through code of ring 3 and of ring 1, and does a breakpoint on
 * an instruction stop before it and, with the resume flag, let it go?
 *
 * Expected, as the processor's manual has it (volume 3, "Debug exceptions"): with TF set one
 * instruction runs and #DB follows it, DR6.BS is set, the saved EFLAGS has TF and the handler runs
 * without; an INT clears TF for its handler but saves it. A breakpoint on an instruction is a fault:
 * EIP is that instruction's, DR6 names the breakpoint, and EFLAGS.RF in the frame returned to, by the
 * hypercall or by the processor's own iret, lets it run once.
 */
#include "user.h"

#define TF            0x100u
#define RF            0x10000u
#define DR6_B0        0x1u
#define DR6_BS        0x4000u
#define DR7_L0        0x1u /* of breakpoint 0; type "instruction", length 1 */
#define DR7_FIXED_ONE 0x400u

USER_CODE(three, "nop; nop; int $0x60");

static uint32_t flags_now(void)
{
	uint32_t f;

	asm volatile("pushfl; popl %0" : "=r"(f));
	return f;
}

static void step_user(void)
{
	struct user u;

	user_load(&three);
	user_default(&u);
	u.eflags |= TF;
	for (uint32_t at = 1; at <= 2; at++) {
		EXPECT(ringone_set_debugreg(6, 0), 0);
		EXPECT(user_enter(&u), DB);
		EXPECT(trap.frame.eip, USER_CODE_VA + at);
		CHECK(trap.frame.eflags & TF, "saved EFLAGS %x", trap.frame.eflags);
		CHECK(!(flags_now() & TF), "the handler is stepped as well");
		CHECK(ringone_get_debugreg(6) & DR6_BS, "DR6 %lx", ringone_get_debugreg(6));
		u.eip = trap.frame.eip;
		u.eflags = trap.frame.eflags;
	}
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 4);
	CHECK(trap.frame.eflags & TF, "saved EFLAGS %x", trap.frame.eflags);
	CHECK(!(flags_now() & TF), "INT left TF on");
}

static void step_kernel(void)
{
	extern char stepped[];
	unsigned int v = probe(asm volatile("pushfl; orl $0x100, (%%esp); popfl\n\t"
					    "nop\n"
					    "stepped: nop"
					    :
					    :
					    : "cc", "memory"));

	EXPECT(v, DB);
	EXPECT(trap.frame.eip, (uint32_t)stepped);
	CHECK(trap.frame.eflags & TF, "saved EFLAGS %x", trap.frame.eflags);
	CHECK(!(flags_now() & TF), "the handler is stepped as well");
}

static void break_user(void)
{
	struct user u;

	user_load(&three);
	user_default(&u);
	EXPECT(ringone_set_debugreg(6, 0), 0);
	EXPECT(ringone_set_debugreg(0, USER_CODE_VA + 1), 0);
	EXPECT(ringone_set_debugreg(7, DR7_FIXED_ONE | DR7_L0), 0);
	EXPECT(user_enter(&u), DB);
	EXPECT(trap.frame.eip, USER_CODE_VA + 1);
	CHECK(ringone_get_debugreg(6) & DR6_B0, "DR6 %lx", ringone_get_debugreg(6));
	u.eip = trap.frame.eip;
	u.eflags = trap.frame.eflags & ~RF;
	EXPECT(user_enter(&u), DB); /* there it is still */
	u.eflags = trap.frame.eflags | RF;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(ringone_set_debugreg(7, DR7_FIXED_ONE), 0);
	EXPECT(user_run(&three), USER_EXIT);
}

void test_main(void)
{
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++) {
		note("back to ring 3 by %s", guest_user_native ? "iret" : "the hypercall");
		step_user();
		break_user();
	}
	step_kernel();
}
