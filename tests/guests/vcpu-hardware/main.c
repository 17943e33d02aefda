/* SPDX-License-Identifier: MIT */
/*
 * Question: does what the processor itself holds of a VCPU come back with it: the stack that a
 * direct gate enters, and an armed breakpoint?
 *
 * Expected: after another VCPU has run, int $0x80 from ring 3 still lands on the stack of
 * stack_switch, and a store to the watched word still raises #DB, once per store.
 *
 * Because: the hypervisor's own copies may be right and never reach the processor; vcpu-state
 * asks for the copies.
 */
#include "smp.h"
#include "mm.h"
#include "user.h"

#define DR7_WRITE_4 0xd0001 /* breakpoint 0: armed, stores, four bytes */

USER_CODE(call, "int $0x80; int $0x60");

static char here[8192], there[8192];
static volatile uint32_t watched;
static volatile unsigned int rounds, stop;
static uint32_t frame_at;

static int look(struct ringone_frame *f)
{
	if (f->vector == 0x80)
		frame_at = (uint32_t)&f->ss + 4;
	return 0;
}

static void other(unsigned int id)
{
	(void)id;
	while (!stop) {
		ringone_stack_switch(FLAT_KERNEL_SS, (unsigned long)there + sizeof(there));
		rounds++;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	smp_stop();
}

/* The other one has run. */
static void let_run(void)
{
	unsigned int n = rounds;

	while (rounds == n)
		ringone_sched_op(SCHEDOP_yield, NULL);
}

extern char guest_stub_soft[];

void test_main(void)
{
	struct trap_info gate[2] = { { .vector = 0x80,
				       .flags = 3,
				       .cs = FLAT_KERNEL_CS,
				       .address = (unsigned long)guest_stub_soft } };

	smp_need(2);
	EXPECT(ringone_set_trap_table(gate), 0);
	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, (unsigned long)here + sizeof(here)), 0);
	EXPECT(ringone_set_debugreg(0, (unsigned long)&watched), 0);
	EXPECT(ringone_set_debugreg(7, DR7_WRITE_4), 0);
	trap_hook = look;
	guest_user_native = 1;
	EXPECT(smp_start(1, other), 0);
	for (int n = 0; n < 10; n++) {
		let_run();
		frame_at = 0;
		EXPECT(user_run(&call), 0x80);
		EXPECT(frame_at, (uint32_t)here + sizeof(here));
		let_run();
		EXPECT_FAULT(DB, watched = n);
	}
	stop = 1;
	CHECK(smp_wait_down(1, 1000), "VCPU 1 still runs");
}
