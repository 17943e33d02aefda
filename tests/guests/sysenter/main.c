/* SPDX-License-Identifier: MIT */
/*
 * Question: where does SYSENTER from ring 3 lead?
 *
 * Expected: without a callback to a fault of the guest's (#GP, or #UD where the processor does not
 * have it); with a registered callback (CALLBACKTYPE_sysenter) to that handler in ring 1 on the
 * guest's kernel stack, with events masked if that was asked for; also with NT and with TF set
 * (XSA-339: no crash), which the frame shows and the handler does not have. Return by the iret
 * hypercall goes on stepping. From ring 1 it is survived. On AMD's processors in 64-bit mode
 * SYSENTER does not exist, and plain #UD or #GP is the answer.
 */
#include "guest.h"
#include "mm.h"
#include "user.h"

#define TF 0x100u
#define NT 0x4000u

USER_CODE(enter, "sysenter");
USER_CODE(enter_nt, "pushfl; orl $0x4000, (%esp); popfl; sysenter");
USER_CODE(enter_tf, "pushfl; orl $0x100, (%esp); popfl; sysenter");
USER_CODE(three, "nop; nop; int $0x60");

extern char guest_stub_soft[];
static int have;
static uint32_t mask_at_entry, flags_at_entry;

static int look(struct ringone_frame *f)
{
	if (f->vector == 0x84) {
		mask_at_entry = vcpu->evtchn_upcall_mask;
		asm volatile("pushfl; popl %0" : "=r"(flags_at_entry));
	}
	return 0;
}

static void run(const struct user_code *c, const char *what, int registered, uint32_t flag)
{
	unsigned int v = user_run(c);

	note("%s: vector %x error %x eflags %x", what, v, trap.error, trap.frame.eflags);
	CHECK(registered && have ? v == 0x84 : v == GP || v == UD || v == DB, "%s: vector %x", what,
	      v);
	if (!have)
		return;
	CHECK((trap.frame.cs & 3) == 3, "%s: CS %x", what, trap.frame.cs & 0xffff);
	EXPECT(trap.frame.ss & 0xffff, FLAT_USER_SS);
	CHECK((trap.frame.eflags & (0x200 | TF | NT)) == (0x200 | flag), "%s: EFLAGS %x", what,
	      trap.frame.eflags);
	if (v == 0x84)
		EXPECT(flags_at_entry & (TF | NT), 0);
}

/* What a kernel does then: it knows where its stub stands. */
static void step_on(void)
{
	struct user u;

	user_run(&enter_tf);
	user_load(&three);
	user_default(&u);
	u.eflags = trap.frame.eflags;
	EXPECT(user_enter(&u), DB);
	EXPECT(trap.frame.eip, USER_CODE_VA + 1);
}

static long register_callback(unsigned int flags, unsigned long address)
{
	struct callback_register cb = {
		.type = CALLBACKTYPE_sysenter,
		.flags = flags,
		.address = { FLAT_KERNEL_CS, address },
	};

	return ringone_callback_op(CALLBACKOP_register, &cb);
}

static long with_callback(unsigned int flags)
{
	return register_callback(flags, (unsigned long)guest_stub_soft + 4 * 16);
}

static int processor_has_it(void)
{
	struct ringone_cpuid id, name;

	ringone_forced_cpuid(0, 0, &name);
	ringone_forced_cpuid(1, 0, &id);
	return id.edx >> 11 & 1 && (on_ringone || name.ecx == 0x6c65746e); /* "ntel" */
}

/* The step that the hypervisor met is not in the status of the next stop, a breakpoint. */
static void status(void)
{
	static volatile uint32_t watched;

	EXPECT(ringone_set_debugreg(0, (unsigned long)&watched), 0);
	EXPECT(ringone_set_debugreg(7, 0x401 | 0xd << 16), 0);
	EXPECT(ringone_set_debugreg(6, 0), 0);
	user_run(&enter_tf);
	EXPECT(probe(watched = 1), DB);
	EXPECT(ringone_get_debugreg(6) & 0x4001, 1);
	EXPECT(ringone_set_debugreg(7, 0x400), 0);
}

void test_main(void)
{
	struct callback_unregister un = { .type = CALLBACKTYPE_sysenter };

	trap_hook = look;
	have = processor_has_it();
	run(&enter, "no callback", 0, 0);
	run(&enter_nt, "no callback, NT", 0, NT);
	run(&enter_tf, "no callback, TF", 0, TF);
	long ret = with_callback(CALLBACKF_mask_events);

	note("register: %ld", ret);
	CHECK(ret == 0 || !on_ringone, "%ld", ret);
	run(&enter, "callback", !ret, 0);
	EXPECT(have && !ret ? mask_at_entry : 1, 1);
	run(&enter_nt, "callback, NT", !ret, NT);
	run(&enter_tf, "callback, TF", !ret, TF);
	if (have && !ret) {
		step_on();
		status();
	}
	if (!ret) {
		EXPECT(with_callback(0), 0);
		run(&enter, "callback with events", 1, 0);
		EXPECT(have ? mask_at_entry : 0, 0);
	}
	if (!on_ringone)
		return;
	unsigned int v = probe(asm volatile("sysenter"));

	note("ring 1: vector %x", v);
	CHECK(have ? v == 0x84 : v == UD || v == GP, "ring 1: vector %x", v);
	vcpu->evtchn_upcall_mask = 1;
	EXPECT(ringone_callback_op(CALLBACKOP_unregister, &un), -XEN_EINVAL);
	EXPECT(register_callback(0, 0), 0);
	run(&enter, "no callback any more", 0, 0);
}
