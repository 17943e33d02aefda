/* SPDX-License-Identifier: MIT */
/*
 * Question: does a page fault bring its address in the way that was asked for?
 *
 * Expected: with flag 0x08, where it is announced, CR2 lies on top of the frame and vcpu_info
 * holds it as well; without the flag the frame is Xen's and vcpu_info alone has it; both can be
 * switched at any time by set_trap_table, from ring 1 and ring 3; the flag on another vector
 * changes nothing there. On plain Xen only the second half is asked.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(touch, "movl %eax, 0x40000010");

extern char guest_stub_pf_cr2[];
extern const uint32_t guest_stubs[20];
static struct trap_info table[3];
static uint32_t seen_cr2, seen_error;

static int note_frame(struct ringone_frame *f)
{
	seen_cr2 = f->cr2;
	seen_error = f->error;
	return 0;
}

static void ask(unsigned int flags, const void *stub)
{
	table[0] = (struct trap_info){ PF, flags, FLAT_KERNEL_CS, (unsigned long)stub };
	EXPECT(ringone_set_trap_table(table), 0);
}

static void both(uint32_t in_frame)
{
	seen_cr2 = seen_error = 0x55;
	EXPECT(probe(*(volatile int *)0x40000010 = 1), PF);
	EXPECT(seen_cr2, in_frame);
	EXPECT(seen_error & 0x1f, 2);
	EXPECT(vcpu->arch.cr2, 0x40000010);
	vcpu->arch.cr2 = 0;
	seen_cr2 = seen_error = 0x55;
	EXPECT(user_run(&touch), PF);
	EXPECT(seen_cr2, in_frame);
	EXPECT(seen_error & 0x1f, 6);
	EXPECT(vcpu->arch.cr2, 0x40000010);
	EXPECT(trap.frame.cs & 0xffff, FLAT_USER_CS);
	EXPECT(trap.frame.esp, USER_STACK_TOP);
}

void test_main(void)
{
	unsigned int had = features;

	note("features %x", features);
	trap_hook = note_frame;
	features &= ~RINGONE_FEATURE_CR2_FRAME; /* the framework reads vcpu_info now */
	ask(0, (const void *)guest_stubs[PF]);
	both(0);
	if (!(had & RINGONE_FEATURE_CR2_FRAME)) {
		CHECK(!on_ringone, "Ringone does not announce the CR2 frame");
		return;
	}
	ask(RINGONE_TRAP_CR2_FRAME, guest_stub_pf_cr2);
	both(0x40000010);
	ask(0, (const void *)guest_stubs[PF]);
	both(0);
	table[0] =
		(struct trap_info){ GP, RINGONE_TRAP_CR2_FRAME, FLAT_KERNEL_CS, guest_stubs[GP] };
	ringone_set_trap_table(table);
	EXPECT(probe(asm volatile("mov %0, %%fs" : : "r"(0xfff8))), GP);
	EXPECT(trap.error & 0xfffc, 0xfff8);
}
