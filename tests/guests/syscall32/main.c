/* SPDX-License-Identifier: MIT */
/*
 * Question: is the syscall32 callback entered for a SYSCALL from ring 3?
 *
 * Expected: behind the instruction, with ECX where the processor leaves it, on the stack of
 * stack_switch, in a frame that has the caller's segments, ESP and flags, with events masked if
 * that was asked for; whether or not the processor knows the instruction and CPUID shows it (a
 * 32-bit hypervisor cannot let it through: cpu/sysenter.c). Without the callback it is a fault at
 * the instruction, for ring 1 always. (64-bit Xen: #GP, and the callback cannot be taken back.)
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

USER_CODE(call, "movl $0x1234, %eax; movl $0xecec, %ecx; movl $0xe5, %ebp; syscall; int $0x60");
USER_CODE(almost, "movl $0x0f, %eax; .byte 0x0f, 0x0b, 0x05");
/* The last bytes of the page: what lies behind cannot be read. */
USER_CODE(edge, ".org edge_start + 4094; syscall");

#define SYSCALL_AT (USER_CODE_VA + 15)
#define TF         0x100u

extern char guest_stub_soft[];
static uint8_t mask_at_entry;

static int look(struct ringone_frame *f)
{
	if (f->vector == 0x84)
		mask_at_entry = vcpu->evtchn_upcall_mask;
	return 0;
}

static long register_callback(unsigned int flags, unsigned long address)
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_syscall32,
		.flags = flags,
		.address = { FLAT_KERNEL_CS, address },
	};

	return ringone_callback_op(CALLBACKOP_register, &cb);
}

static long with_callback(unsigned int flags)
{
	return register_callback(flags, (unsigned long)guest_stub_soft + 4 * 16);
}

static void faults(void)
{
	EXPECT(user_run(&call), on_ringone ? UD : GP);
	EXPECT(trap.frame.eip, SYSCALL_AT);
	CHECK(trap.frame.ecx == 0xecec || !on_ringone, "ECX %x", trap.frame.ecx);
}

static void arrives(unsigned int mask)
{
	mask_at_entry = 55;
	EXPECT(user_run(&call), 0x84);
	EXPECT(trap.frame.eip, SYSCALL_AT + 2);
	EXPECT(trap.frame.ecx, SYSCALL_AT + 2);
	EXPECT(trap.frame.eax, 0x1234);
	EXPECT(trap.frame.ebp, 0xe5);
	EXPECT(trap.frame.esp, USER_STACK_TOP);
	EXPECT(trap.frame.cs & 0xffff, FLAT_USER_CS);
	EXPECT(trap.frame.ss & 0xffff, FLAT_USER_SS);
	EXPECT(trap.frame.eflags & 0x300, 0x200);
	EXPECT(mask_at_entry, mask);
	vcpu->evtchn_upcall_mask = 1;
}

/* The trap flag belongs to the process: it is in the frame and not in the handler. */
static void stepped(void)
{
	struct user u;

	user_load(&call);
	user_default(&u);
	u.eip = SYSCALL_AT;
	u.eflags |= TF;
	unsigned int v = user_enter(&u);

	CHECK(v == 0x84 || (v == DB && !on_ringone), "vector %x", v);
	CHECK(trap.frame.eflags & TF, "EFLAGS %x", trap.frame.eflags);
}

void test_main(void)
{
	struct callback_unregister un = { .type = CALLBACKTYPE_syscall32 };
	struct ringone_cpuid id;
	struct user u;

	trap_hook = look;
	ringone_forced_cpuid(0x80000000, 0, &id);
	if (id.eax >= 0x80000001 && on_ringone) {
		ringone_forced_cpuid(0x80000001, 0, &id);
		EXPECT(id.edx >> 11 & 1, 0);
	}
	faults();
	EXPECT(with_callback(CALLBACKF_mask_events), 0);
	arrives(1);
	EXPECT(with_callback(0), 0);
	arrives(0);
	stepped();
	EXPECT(user_run(&almost), UD);
	EXPECT(trap.frame.eip, USER_CODE_VA + 5);
	user_load(&edge);
	user_default(&u);
	u.eip = USER_CODE_VA + 4094;
	EXPECT(user_enter(&u), 0x84);
	EXPECT(trap.frame.eip, USER_CODE_VA + 4096);
	/* It is not taken back; another one may take its place, also none. */
	EXPECT(ringone_callback_op(CALLBACKOP_unregister, &un), -XEN_EINVAL);
	EXPECT(register_callback(0, 0), 0);
	if (on_ringone) {
		EXPECT_FAULT(UD, asm volatile("syscall" : : : "ecx", "memory"));
		faults();
	}
}
