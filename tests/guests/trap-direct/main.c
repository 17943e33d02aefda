/* SPDX-License-Identifier: MIT */
/*
 * Question: does int 0x80 from ring 3 reach ring 1 the way the trap table asks, fast or slow?
 *
 * Expected: registered with DPL 3, without or with the mask-events flag, the handler finds the
 * same frame: EIP behind the int, user CS, SS and ESP; with the flag events are masked at entry,
 * without it they are as they were. One of DPL 0 is #GP for ring 3, one of DPL 1 works from
 * ring 1. Where direct gates are offered, the unflagged way costs as many instructions as on
 * the bare processor (counted by tests/guests/bench, not here). After set_trap_table(NULL) the
 * vector is #GP again. (A 64-bit Xen gives 0x80 a gate of its own whatever the table's DPL says;
 * the last two are asked of Ringone only.)
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(call80, "movl $20, %eax; int $0x80; .globl behind80; behind80: movl $1, %eax; int $0x60");

extern char guest_stub_soft[];
static struct trap_info table[3];
static uint8_t mask_at_entry;
static uint32_t frame_cs, frame_eflags;

static int look(struct ringone_frame *f)
{
	if (f->vector == 0x80) {
		mask_at_entry = vcpu->evtchn_upcall_mask;
		frame_cs = f->cs;
		frame_eflags = f->eflags;
	}
	return 0;
}

static void gate(unsigned int flags)
{
	table[0] =
		(struct trap_info){ 0x80, flags, FLAT_KERNEL_CS, (unsigned long)guest_stub_soft };
	EXPECT(ringone_set_trap_table(table), 0);
}

static void arrives(int mask)
{
	mask_at_entry = 55;
	EXPECT(user_run(&call80), 0x80);
	EXPECT(trap.frame.eax, 20);
	EXPECT(trap.frame.eip, USER_CODE_VA + 7);
	EXPECT(trap.frame.cs & 0xffff, FLAT_USER_CS);
	EXPECT(trap.frame.ss & 0xffff, FLAT_USER_SS);
	EXPECT(trap.frame.esp, USER_STACK_TOP);
	CHECK(trap.frame.eflags & 0x200, "IF is clear in the frame: %x", trap.frame.eflags);
	EXPECT(mask_at_entry, mask);
	vcpu->evtchn_upcall_mask = 1;
}

void test_main(void)
{
	trap_hook = look;
	for (int round = 0; round < 3; round++) {
		gate(3);
		arrives(0);
		gate(3 | RINGONE_TRAP_MASK_EVENTS);
		arrives(1);
	}
	gate(0);
	if (on_ringone) {
		EXPECT(user_run(&call80), GP);
		EXPECT(trap.error, 0x80 * 8 + 2);
		EXPECT(trap.frame.eip, USER_CODE_VA + 5);
	}
	gate(1);
	EXPECT(probe(asm volatile("int $0x80")), 0x80);
	gate(3);
	EXPECT(probe(asm volatile("int $0x80")), 0x80);
	EXPECT(ringone_set_trap_table(NULL), 0);
	/* Nothing is left to catch a fault with: put the table back first. */
	table[0] = (struct trap_info){ GP, 0, FLAT_KERNEL_CS, 0 };
	extern const uint32_t guest_stubs[20];

	table[0].address = guest_stubs[GP];
	EXPECT(ringone_set_trap_table(table), 0);
	if (on_ringone) {
		EXPECT(user_run(&call80), GP);
		EXPECT(trap.error, 0x80 * 8 + 2);
	}
}
