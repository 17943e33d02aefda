/* SPDX-License-Identifier: MIT */
/*
 * Question: what does the assist architectural_iopl change?
 *
 * Expected, as xen.h has it: without the assist, frames show IOPL 0 whatever PHYSDEVOP_set_iopl
 * said, an iret hypercall does not move it, and a kernel needs 1 for port I/O. With it, the
 * hypercall sets the level to what the frame's EFLAGS say, to ring 1 and to ring 3; the frames of
 * traps, of events and of the failsafe callback show it; a kernel needs none at all. What the
 * processor itself sees stays 0: a native iret moves nothing, and neither does POPF. A VCPU's
 * first EFLAGS (VCPUOP_initialise) set its level.
 */
#include "guest.h"
#include "mm.h"
#include "smp.h"
#include "user.h"

#define IOPL(n) ((uint32_t)(n) << 12)

USER_CODE(in71, "inb $0x71, %al; int $0x60");
USER_CODE(flags, "pushfl; popl %eax; int $0x60");
USER_CODE(call80, "int $0x80");
USER_CODE(fault, "movl 0x40000000, %eax");
USER_CODE(popf, "pushl $0x3202; popfl; int $0x60");

extern char guest_stub_soft[];
static struct trap_info table[2];

static unsigned int shown(void)
{
	return trap.frame.eflags >> 12 & 3;
}

static void set_iopl(unsigned int level)
{
	struct physdev_set_iopl op = { .iopl = level };

	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
}

/* Runs @code with EFLAGS of level @level. */
static unsigned int enter(const struct user_code *code, unsigned int level)
{
	struct user u;

	user_load(code);
	user_default(&u);
	u.eflags |= IOPL(level);
	return user_enter(&u);
}

/* Ring 1 to ring 1 by the hypercall, with events off. */
static void iret_to_self(unsigned int level)
{
	/* The stub of the hypercall page pushes EAX itself. */
	asm volatile("pushl %0; pushl %1; pushl $1f; jmp ringone_hypercall_page + 23 * 32; 1:"
		     :
		     : "r"(IOPL(level) | 2), "i"(FLAT_KERNEL_CS)
		     : "memory", "cc");
}

static unsigned int kernel_port(void)
{
	return probe(asm volatile("inb $0x71, %%al" : : : "eax"));
}

static void without(void)
{
	set_iopl(0);
	EXPECT(kernel_port(), GP);
	EXPECT(shown(), 0);
	set_iopl(1);
	EXPECT(kernel_port(), NO_FAULT);
	set_iopl(3);
	EXPECT(enter(&in71, 0), USER_EXIT);
	EXPECT(shown(), 0);
	iret_to_self(0);
	EXPECT(enter(&in71, 0), USER_EXIT);
	set_iopl(0);
	EXPECT(enter(&in71, 3), GP);
	EXPECT(shown(), 0);
}

static unsigned int event_level;

static void look(evtchn_port_t port)
{
	(void)port;
	/* A trap inside the handler shows what the handler runs with. */
	event_level = 9;
	probe(asm volatile("ud2"));
	event_level = shown();
}

static void levels(void)
{
	EXPECT(kernel_port(), NO_FAULT);
	for (unsigned int level = 0; level < 4; level++) {
		EXPECT(enter(&in71, level), level == 3 ? USER_EXIT : GP);
		EXPECT(shown(), level);
		/* Entering the kernel left it as it was, and a kernel is level 0 to this question. */
		EXPECT(kernel_port(), NO_FAULT);
		EXPECT_FAULT(UD, asm volatile("ud2"));
		EXPECT(shown(), level);
		iret_to_self(level ^ 3);
		EXPECT_FAULT(UD, asm volatile("ud2"));
		EXPECT(shown(), level ^ 3);
		EXPECT(kernel_port(), NO_FAULT);
	}
	/* A system call's frame, too, whatever gate it came by: else its iret would lose the level. */
	EXPECT(enter(&call80, 3), 0x80);
	EXPECT(shown(), 3);
	EXPECT(enter(&call80, 1), 0x80);
	EXPECT(shown(), 1);
	for (unsigned int level = 0; level < 4; level++) {
		EXPECT(enter(&fault, level), PF);
		EXPECT(shown(), level);
	}
	/* What the processor sees. */
	EXPECT(enter(&flags, 3), USER_EXIT);
	EXPECT(trap.frame.eax & IOPL(3), 0);
	EXPECT(enter(&popf, 0), USER_EXIT);
	EXPECT(shown(), 0);
	/* The hypercall still works, and shows. */
	set_iopl(3);
	EXPECT_FAULT(UD, asm volatile("ud2"));
	EXPECT(shown(), 3);
	/* The processor's own return has no say in it. */
	guest_user_native = 1;
	EXPECT(enter(&in71, 0), USER_EXIT);
	EXPECT(shown(), 3);
	set_iopl(0);
	EXPECT(enter(&in71, 3), GP);
	EXPECT(shown(), 0);
	guest_user_native = 0;
}

static void callbacks(void)
{
	int port = bind_ipi();

	event_hook = look;
	port_unmask(port);
	set_iopl(2);
	events_on();
	port_send(port);
	events_off();
	EXPECT(event_level, 2);
	event_hook = NULL;
	/* The upcall's way back was the hypercall, with the frame that showed the level. */
	EXPECT_FAULT(UD, asm volatile("ud2"));
	EXPECT(shown(), 2);

	/* A return to a null code segment is the failsafe callback's. */
	struct user u;

	user_load(&flags);
	user_default(&u);
	u.eflags |= IOPL(1);
	u.cs = 3;
	unsigned int v = user_enter(&u);

	note("failsafe: vector %x", v);
	if (v == FAILSAFE)
		EXPECT(shown(), 1);
}

static volatile unsigned int second_level = 9;

static void second(unsigned int id)
{
	(void)id;
	/* Probes are VCPU 0's, which waits meanwhile. */
	probe(asm volatile("ud2"));
	second_level = shown();
	smp_stop();
}

static void other_vcpu(void)
{
	static struct vcpu_guest_context c;

	if (ringone_vcpu_op(VCPUOP_is_up, 1, NULL) < 0)
		return;
	smp_context(&c, 1, second);
	c.user_regs.eflags |= IOPL(2);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, &c), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), 0);
	CHECK(smp_wait_down(1, 2000), "VCPU 1 is still up");
	EXPECT(second_level, 2);
}

void test_main(void)
{
	if (!(start_info->flags & SIF_INITDOMAIN))
		guest_skip("not the initial domain");
	table[0] = (struct trap_info){ 0x80, 3, FLAT_KERNEL_CS, (uint32_t)guest_stub_soft };
	EXPECT(ringone_set_trap_table(table), 0);
	without();
	EXPECT(ringone_vm_assist(VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
	levels();
	callbacks();
	other_vcpu();
	set_iopl(0);
	iret_to_self(3);
	EXPECT(ringone_vm_assist(VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0);
	/* The level stays; who sees and sets it is as before. */
	EXPECT(kernel_port(), NO_FAULT);
	EXPECT_FAULT(UD, asm volatile("ud2"));
	EXPECT(shown(), 0);
	without();
}
