/* SPDX-License-Identifier: MIT */
/*
 * Question: do alignment checks work for processes, and for nobody else?
 *
 * Expected: CR0 reads with AM set. With EFLAGS.AC, a misaligned access of ring 3 is #AC with error
 * code 0 at the instruction, an aligned one is none, and without AC neither is. The handler finds AC
 * set in the frame, and runs without it (on Xen with it, as on the bare processor). Ring 1 is not checked,
 * whatever its AC says, and neither is the hypervisor on a guest's behalf: a hypercall with AC set
 * and a misaligned argument works, a trap whose stack is misaligned is delivered.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define EFLAGS_AC (1u << 18)
#define CR0_AM    (1u << 18)

USER_CODE(read2, "movl $0x08001001, %ecx; movw (%ecx), %ax; int $0x60");
USER_CODE(write4, "movl $0x08001002, %ecx; movl %eax, (%ecx); int $0x60");
USER_CODE(push4, "subl $2, %esp; pushl %eax; int $0x60");
USER_CODE(aligned,
	  "movl $0x08001004, %ecx; movl (%ecx), %eax; movw 2(%ecx), %ax; movb 1(%ecx), %al;"
	  "pushl %eax; int $0x60");
USER_CODE(own, "pushfl; orl $0x40000, (%esp); popfl; movl 0x08001001, %eax; int $0x60");

static uint32_t flags_now(void)
{
	uint32_t f;

	asm volatile("pushfl; popl %0" : "=r"(f));
	return f;
}

static uint32_t handler_flags;

static int look(struct ringone_frame *f)
{
	(void)f;
	handler_flags = flags_now();
	return 0;
}

static unsigned int with(const struct user_code *code, uint32_t flags)
{
	struct user u;

	user_load(code);
	user_default(&u);
	u.eflags |= flags;
	handler_flags = ~0u;
	return user_enter(&u);
}

static void refused(const struct user_code *code, uint32_t offset)
{
	EXPECT(with(code, EFLAGS_AC), AC);
	EXPECT(trap.error, 0);
	EXPECT(trap.frame.eip, USER_CODE_VA + offset);
	CHECK(trap.frame.eflags & EFLAGS_AC, "saved EFLAGS %x", trap.frame.eflags);
	CHECK(!(handler_flags & EFLAGS_AC) || !on_ringone, "AC is set in the handler");
	EXPECT(with(code, 0), USER_EXIT);
}

static void ring3(void)
{
	refused(&read2, 5);
	refused(&write4, 5);
	refused(&push4, 3);
	EXPECT(with(&own, 0), AC);
	EXPECT(trap.error, 0);
}

static void set_ac(int on)
{
	if (on)
		asm volatile("pushfl; orl $0x40000, (%%esp); popfl" : : : "cc", "memory");
	else
		asm volatile("pushfl; andl $~0x40000, (%%esp); popfl" : : : "cc", "memory");
}

static void ring1(void)
{
	static struct {
		char gap[1];
		struct evtchn_status status;
	} __attribute__((packed)) arg __attribute__((aligned(8)));
	volatile uint32_t *odd = (void *)(arg.gap + 1);
	long ret;

	set_ac(1);
	EXPECT(probe(*odd = 5), NO_FAULT);
	set_ac(1);
	CHECK(flags_now() & EFLAGS_AC, "AC does not stick in ring 1");
	arg.status = (struct evtchn_status){ .dom = DOMID_SELF, .port = 0 };
	ret = ringone_event_channel_op(EVTCHNOP_status, &arg.status);
	set_ac(0);
	EXPECT(ret, 0);
	EXPECT(arg.status.status, EVTCHNSTAT_closed);
}

static void odd_stack(void)
{
	unsigned long top = (unsigned long)trap_stack + sizeof(trap_stack);

	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, top - 2), 0);
	EXPECT(with(&aligned, EFLAGS_AC), USER_EXIT);
	CHECK(trap.frame.eflags & EFLAGS_AC, "saved EFLAGS %x", trap.frame.eflags);
	EXPECT(ringone_stack_switch(FLAT_KERNEL_SS, top), 0);
}

void test_main(void)
{
	uint32_t cr0;

	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	CHECK(cr0 & CR0_AM, "CR0 is %x", cr0);
	user_setup();
	trap_hook = look;
	for (guest_user_native = 0; guest_user_native < 2; guest_user_native++) {
		EXPECT(with(&aligned, EFLAGS_AC), USER_EXIT);
		CHECK(!(handler_flags & EFLAGS_AC) || !on_ringone, "AC is set in the handler");
		if (with(&read2, EFLAGS_AC) == USER_EXIT)
			note("this processor does not check alignment: QEMU's TCG?");
		else
			ring3();
		odd_stack();
	}
	ring1();
}
