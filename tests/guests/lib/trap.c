/* SPDX-License-Identifier: MIT */
/* Every trap a guest takes ends here: a hook, a ring-3 run, a probe, or the end of the test. */
#include "guest.h"
#include "event.h"
#include "internal.h"
#include "user.h"

struct trap trap;
struct context probe_context;
volatile int probe_armed;
int (*trap_hook)(struct ringone_frame *f);

extern const uint32_t guest_stubs[20];
extern char guest_stub_pf_cr2[], guest_stub_soft[], guest_stub_exit[], guest_upcall[],
	guest_failsafe[];

static struct trap_info table[32];

void trap_init(void)
{
	unsigned int n = 0;

	for (unsigned int v = 0; v < 20; v++) {
		const void *stub = (const void *)guest_stubs[v];

		if (v == 2 || v == 8 || v == 9 || v == 15)
			continue;
		if (v == PF && (features & RINGONE_FEATURE_CR2_FRAME))
			stub = guest_stub_pf_cr2;
		ringone_trap(&table[n++], v, v == BP || v == OF ? 3 : 0, FLAT_KERNEL_CS, stub,
			     features);
	}
	for (unsigned int v = 0x80; v < 0x88; v++)
		if (v != 0x82)
			ringone_trap(&table[n++], v, 3 | RINGONE_TRAP_MASK_EVENTS, FLAT_KERNEL_CS,
				     guest_stub_soft + (v - 0x80) * 16, 0);
	for (unsigned int v = USER_EXIT; v <= 2 * USER_EXIT; v += USER_EXIT)
		ringone_trap(&table[n++], v, 3 | RINGONE_TRAP_MASK_EVENTS, FLAT_KERNEL_CS,
			     guest_stub_exit, 0);
	ringone_set_trap_table(table);
	ringone_set_callbacks(FLAT_KERNEL_CS, guest_upcall, FLAT_KERNEL_CS, guest_failsafe);
	ringone_stack_switch(FLAT_KERNEL_SS, (unsigned long)trap_stack + sizeof(trap_stack));
}

void probe_begin(void)
{
	memset(&trap, 0, sizeof(trap));
	trap.vector = NO_FAULT;
}

unsigned int probe_end(void)
{
	probe_armed = 0;
	return trap.vector;
}

static void record(const struct ringone_frame *f)
{
	size_t n = ringone_frame_ring(f) == 3 ? sizeof(*f) : offsetof(struct ringone_frame, esp);

	memset(&trap, 0, sizeof(trap));
	memcpy(&trap.frame, f, n);
	trap.vector = f->vector;
	trap.error = f->error;
	if (f->vector == PF)
		trap.cr2 = features & RINGONE_FEATURE_CR2_FRAME ? f->cr2 : vcpu->arch.cr2;
}

static void __attribute__((noreturn)) unexpected(const char *what)
{
	guest_fail("%s 0x%x error 0x%x cr2 %08x at %04x:%08x", what, trap.vector, trap.error,
		   trap.cr2, trap.frame.cs & 0xffff, trap.frame.eip);
	guest_finish();
}

void guest_trap(struct ringone_frame *f)
{
	if (trap_hook && trap_hook(f))
		return;
	record(f);
	if (user_trapped(f))
		return;
	if (probe_armed) {
		probe_armed = 0;
		context_load(&probe_context, 1);
	}
	unexpected("unexpected vector");
}

void guest_failsafe_c(uint32_t *frame)
{
	/* DS ES FS GS EIP CS EFLAGS [ESP SS] */
	memset(&trap, 0, sizeof(trap));
	trap.vector = FAILSAFE;
	trap.frame.ds = frame[0];
	trap.frame.es = frame[1];
	trap.frame.fs = frame[2];
	trap.frame.gs = frame[3];
	trap.frame.eip = frame[4];
	trap.frame.cs = frame[5];
	trap.frame.eflags = frame[6];
	if ((frame[5] & 3) == 3) {
		trap.frame.esp = frame[7];
		trap.frame.ss = frame[8];
	}
	trap.frame.vector = FAILSAFE;
	/* There is no way back: a hook may look, or go elsewhere. */
	if (trap_hook)
		trap_hook(&trap.frame);
	user_trapped(&trap.frame);
	if (probe_armed) {
		probe_armed = 0;
		context_load(&probe_context, 1);
	}
	unexpected("failsafe callback");
}
