/* SPDX-License-Identifier: MIT */
/*
 * Question (Bochs only): does the 4gb_segments assist repair what truncation breaks, and nothing
 * more?
 *
 * Expected: a process with a flat segment based at its thread block reads behind it with negative
 * offsets, as glibc does: with the assist on it gets its own memory, many times, in both
 * directions; offsets that lead into the hole are still #GP; with the assist off the negative
 * offset is #GP.
 */
#include "hole.h"
#include "user.h"

USER_CODE(u_negative, "movl %gs:-4, %eax; movl %gs:0, %edx; movl %gs:-8, %ecx; int $0x60");
USER_CODE(u_write, "movl $77, %gs:-12; movl %gs:0, %eax; int $0x60");
USER_CODE(u_at, "movl %gs:(%ebx), %eax; int $0x60");

void test_main(void)
{
	struct form tls = { "TLS", USER_DATA_VA + 0x800, 0xfffff, DESC_DATA, DESC_G | DESC_D };
	uint32_t *block;
	struct user u;
	unsigned int sel;

	hole_find_targets();
	user_setup();
	block = (uint32_t *)((char *)user_data_page + 0x800);
	block[0] = 0x1000;
	block[-1] = 0x1001;
	block[-2] = 0x1002;
	EXPECT(hole_install(BY_UPDATE_GDT, &tls, 3, &sel), 0);
	user_default(&u);
	u.gs = sel;

	EXPECT(ringone_vm_assist(VMASST_CMD_disable, VMASST_TYPE_4gb_segments), 0);
	user_load(&u_negative);
	EXPECT(user_enter(&u), GP);
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments), 0);
	for (int i = 0; i < 50; i++) {
		user_load(&u_negative);
		EXPECT(user_enter(&u), USER_EXIT);
		EXPECT(trap.frame.eax, 0x1001);
		EXPECT(trap.frame.edx, 0x1000);
		EXPECT(trap.frame.ecx, 0x1002);
	}
	if (features & RINGONE_FEATURE_COUNTERS) {
		struct ringone_cpuid c;

		ringone_forced_cpuid(RINGONE_COUNTERS_LEAF, 0, &c);
		note("%u repairs", c.edx);
		CHECK(c.edx > 0, "the repairs are not counted");
	}
	user_load(&u_write);
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(block[-3], 77);
	user_load(&u_at);
	for (unsigned int i = 0; i < hole_n_targets; i++) {
		u.ebx = hole_targets[i] - tls.base;
		unsigned int v = user_enter(&u);

		CHECK(v == GP, "%x through the assist: vector %x", hole_targets[i], v);
	}
	/* Wrapping to an address of the kernel's: the page tables decide, as ever. */
	u.ebx = 0xc0100000 - tls.base;
	EXPECT(user_enter(&u), PF);
	EXPECT(ringone_vm_assist(VMASST_CMD_disable, VMASST_TYPE_4gb_segments), 0);
	user_load(&u_negative);
	EXPECT(user_enter(&u), GP);
}
