/* SPDX-License-Identifier: MIT */
/*
 * Question: does INT n with prefixes go on behind the whole instruction?
 *
 * Expected: from ring 3 and from ring 1, through a vector whose gate is ours and in a segment that
 * begins elsewhere than at 0, the saved EIP is the address of the next instruction, however many
 * prefixes stand before the INT.
 *
 * Because: the vector's real gate has too low a DPL, so the processor reports a fault at the
 * instruction, and whoever adds two to its address lands inside of one that is longer.
 */
#include "mm.h"
#include "user.h"

USER_CODE(bare, "int $0x60");
USER_CODE(one, ".byte 0x66; int $0x60");
USER_CODE(many, ".byte 0x2e, 0x66, 0x67, 0xf3, 0x66, 0x66, 0x66; int $0x60");
USER_CODE(at_end, ".skip 4094, 0x90; int $0x60");

#define VECTOR 0x85

/* A code segment that begins behind the code, so that offsets are not linear addresses. */
static void moved_segment(void)
{
	uint64_t *gdt = page_alloc();
	unsigned long frame = virt_to_mfn(gdt);
	struct user u;

	gdt[1] = descriptor(USER_CODE_VA, 0xff, DESC_CODE | DESC_P | DESC_DPL(3), DESC_D);
	page_readonly(gdt);
	EXPECT(ringone_set_gdt(&frame, 8), 0);
	user_load(&many);
	user_default(&u);
	u.cs = 1 << 3 | 3;
	u.eip = 0;
	EXPECT(user_enter(&u), USER_EXIT);
	EXPECT(trap.frame.eip, 9);
}

static void kernel(void)
{
	extern char behind_bare[], behind_prefix[], guest_stub_soft[];
	static struct trap_info table[2];

	table[0] =
		(struct trap_info){ VECTOR, 1, FLAT_KERNEL_CS, (uint32_t)guest_stub_soft + 5 * 16 };
	EXPECT(ringone_set_trap_table(table), 0);
	EXPECT_FAULT(VECTOR, asm volatile("int $0x85; behind_bare:"));
	EXPECT(trap.frame.eip, (uint32_t)behind_bare);
	EXPECT_FAULT(VECTOR, asm volatile(".byte 0x66, 0x67; int $0x85; behind_prefix:"));
	EXPECT(trap.frame.eip, (uint32_t)behind_prefix);
}

void test_main(void)
{
	EXPECT(user_run(&bare), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 2);
	EXPECT(user_run(&one), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 3);
	EXPECT(user_run(&many), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 9);
	EXPECT(user_run(&at_end), USER_EXIT);
	EXPECT(trap.frame.eip, USER_CODE_VA + 4096);
	kernel();
	moved_segment();
}
