/* SPDX-License-Identifier: MIT */
/*
 * Question: does stack_switch set the stack that traps from ring 3 land on, and only if it is
 * one for ring 1?
 *
 * Expected: the next trap arrives there; a stack segment of ring 0 becomes one of ring 1 or is
 * refused.
 */
#include "guest.h"
#include "user.h"

USER_CODE(leave, "int $0x60");

static uint32_t frame_at;

static int look(struct ringone_frame *f)
{
	if (f->vector == USER_EXIT)
		frame_at = (uint32_t)&f->ss + 4;
	return 0;
}

void test_main(void)
{
	static char other[8192] __attribute__((aligned(16)));

	trap_hook = look;
	EXPECT(user_run(&leave), USER_EXIT);
	EXPECT(frame_at, (uint32_t)trap_stack + sizeof(trap_stack));
	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, (unsigned long)other + sizeof(other)), 0);
	EXPECT(user_run(&leave), USER_EXIT);
	EXPECT(frame_at, (uint32_t)other + sizeof(other));
	guest_user_native = 1;
	EXPECT(user_run(&leave), USER_EXIT);
	EXPECT(frame_at, (uint32_t)other + sizeof(other));
	long ret = ringone_stack_switch(FLAT_KERNEL_SS & ~3u, (unsigned long)trap_stack + 4096);

	note("an SS of ring 0: %ld", ret);
	EXPECT(user_run(&leave), USER_EXIT);
	EXPECT(frame_at, ret ? (uint32_t)other + sizeof(other) : (uint32_t)trap_stack + 4096);
	unsigned int ss;

	asm("mov %%ss, %0" : "=r"(ss));
	EXPECT(ss & 3, 1);
}
