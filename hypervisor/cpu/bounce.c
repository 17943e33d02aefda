/* SPDX-License-Identifier: MIT */
/*
 * Handing a trap to the guest: write the frame that the processor would have
 * written to the guest kernel's stack, and go on in its handler.
 *
 *        what a handler finds           failsafe callback
 *   +16  ss      only when the trap     ss, esp  likewise
 *   +12  esp     came from ring 2 or 3
 *    +8  eflags  IF: events were on     eflags
 *    +4  cs      byte 2: events masked  cs
 *     0  eip                            eip
 *    -4  error code, if there is one    gs
 *    -8  CR2, if asked for              fs
 *                                       es
 *                                       ds
 *
 * A trap in ring 1 goes on on the stack in use, any other on the one of
 * stack_switch.  A stack that cannot take the frame is the guest's double
 * fault: its end, and nobody else's (TRUST 13).
 */
#include "console.h"
#include "domain.h"
#include "event.h"
#include "internal.h"
#include "mm.h"
#include "trust.h"

#define MAX_EXTRA	4
/* Exceptions that push an error code: 8, 10 to 14, 17. */
#define ERROR_CODE_VECTORS 0x00027d00U
/* What the processor clears when it enters a handler, and AC as Xen's ABI has it. */
#define ENTRY_CLEARS	(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_AC)

struct bounce {
	uint32_t cs, eip;
	uint32_t nr_extra, extra[MAX_EXTRA];	/* lowest address first */
	bool masks;				/* events are masked on entry */
};

static void bounce(struct vcpu *v, const struct bounce *b)
{
	struct cpu_user_regs *regs = guest_regs();
	uint32_t frame[MAX_EXTRA + 5], n = 0, linear = 0, ss, sp;
	uint32_t masked = v->info->evtchn_upcall_mask ? 1 : 0;
	bool fits;

	for (; n < b->nr_extra; n++)
		frame[n] = b->extra[n];
	frame[n++] = regs->eip;
	frame[n++] = regs->cs | masked << 16;
	frame[n++] = (regs->eflags & ~EFLAGS_IF) | (masked ? 0 : EFLAGS_IF);
	if (guest_kernel_mode(regs)) {
		ss = regs->ss;
		sp = regs->esp;
	} else {
		frame[n++] = regs->esp;
		frame[n++] = regs->ss;
		ss = v->kernel_ss;
		sp = v->kernel_sp;
	}
	sp -= n * sizeof(frame[0]);
	fits = guest_stack_linear(v, ss, sp, n * sizeof(frame[0]), &linear) &&
	       !copy_to_guest_raw(GVA(linear), frame, n * sizeof(frame[0]));
	if (!TRUST_CHECK(13, 1, fits)) {
		kill_domain(v->domain, "no room for a trap's frame on its kernel stack %04x:%08x; "
			    "is the stack mapped and writable?", ss, sp);
		return;
	}
	regs->ss = ss;
	regs->esp = sp;
	regs->cs = b->cs;
	regs->eip = b->eip;
	regs->eflags &= ~ENTRY_CLEARS;
	if (b->masks)
		v->info->evtchn_upcall_mask = 1;
}

static void bounce_to_handler(struct vcpu *v, const struct trap_info *ti, struct bounce *b)
{
	/* TRUST 14: nothing registered is an answer too. */
	if (!TRUST_CHECK(14, 3, ti->address != 0)) {
		kill_domain(v->domain, "vector %u has no handler; register one with set_trap_table",
			    (uint32_t)(ti - v->traps));
		return;
	}
	b->cs = ti->cs;
	b->eip = ti->address;
	b->masks = TI_GET_IF(ti);
	bounce(v, b);
}

/*
 * Deliver exception `vector` to the current VCPU's kernel, from the context in
 * cpu->regs.  The error code is ignored for vectors that push none.
 */
void inject_trap(uint32_t vector, uint32_t error_code)
{
	struct vcpu *v = current;
	struct bounce b = { .extra = { error_code } };

	if (vector == TRAP_SPURIOUS || (vector < 32 && (ERROR_CODE_VECTORS >> vector & 1)))
		b.nr_extra = 1;
	bounce_to_handler(v, &v->traps[vector], &b);
}

void inject_soft_trap(uint32_t vector)
{
	struct vcpu *v = current;
	struct bounce b = { .nr_extra = 0 };

	bounce_to_handler(v, &v->traps[vector], &b);
}

/* CR2 goes where old kernels look for it, and on the stack for who asked (TI_CR2_FRAME). */
void inject_page_fault(uint32_t cr2, uint32_t error_code)
{
	struct vcpu *v = current;
	const struct trap_info *ti = &v->traps[TRAP_PF];
	struct bounce b = { .nr_extra = 1, .extra = { error_code } };

	v->info->arch.cr2 = cr2;
	if (ti->flags & TI_CR2_FRAME)
		b = (struct bounce){ .nr_extra = 2, .extra = { cr2, error_code } };
	bounce_to_handler(v, ti, &b);
}

void inject_callback(uint32_t cs, uint32_t eip, bool masks)
{
	struct bounce b = { .cs = cs, .eip = eip, .masks = masks };

	bounce(current, &b);
}

/* Without a callback events stay pending; the guest may poll for them. */
void inject_event_upcall(struct vcpu *v)
{
	if (v->event_eip)
		inject_callback(v->event_cs, v->event_eip, true);
}

/*
 * The context in cpu->regs cannot be loaded: a selector or the iret faulted.
 * The guest's failsafe callback gets the selectors on its stack and null ones
 * in the registers, so that its first instruction runs whatever they were.
 * When even that context faults there is nobody left to tell.
 */
void inject_failsafe(void)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_regs();
	struct bounce b = {
		.cs = v->failsafe_cs, .eip = v->failsafe_eip, .masks = v->failsafe_masks,
		.nr_extra = 4, .extra = { regs->ds, regs->es, regs->fs, regs->gs },
	};
	bool entering = regs->cs == b.cs && regs->eip == b.eip &&
			!(regs->ds | regs->es | regs->fs | regs->gs);

	if (!TRUST_CHECK(19, 1, !entering)) {
		kill_domain(v->domain, "its failsafe callback %04x:%08x cannot be entered",
			    b.cs, b.eip);
		return;
	}
	if (!v->failsafe_eip) {
		kill_domain(v->domain, "returning to %04x:%08x faulted and there is no failsafe "
			    "callback; register one with set_callbacks", regs->cs, regs->eip);
		return;
	}
	bounce(v, &b);
	regs->ds = regs->es = regs->fs = regs->gs = 0;
}
