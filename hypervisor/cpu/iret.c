/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall: back to an interrupted context, with the upcall mask.
 *
 * The frame lies on the stack in use:  eax eip cs eflags [esp ss], the last two
 * unless it returns to ring 1.  EFLAGS.IF says whether events are to be on.
 * Selectors are not looked at: what the processor refuses to load comes back
 * as the failsafe callback.  What it would accept and must not have is refused
 * here (ring 0, VM86: the end of the domain) or cleared (IOPL) (TRUST 19).
 */
#include "domain.h"
#include "hypercall.h"
#include "internal.h"
#include "mm.h"
#include "trust.h"

enum { F_EAX, F_EIP, F_CS, F_EFLAGS, F_ESP, F_SS, F_WORDS };
#define SAME_RING_WORDS	F_ESP

static bool read_frame(struct vcpu *v, const struct cpu_user_regs *regs, uint32_t *frame)
{
	uint32_t linear, bytes = SAME_RING_WORDS * sizeof(*frame);

	if (!guest_stack_linear(v, regs->ss, regs->esp, bytes, &linear) ||
	    copy_from_guest_raw(frame, GVA(linear), bytes))
		return false;
	if ((frame[F_CS] & 3) == 1)
		return true;
	bytes = F_WORDS * sizeof(*frame);
	if (!guest_stack_linear(v, regs->ss, regs->esp, bytes, &linear))
		return false;
	return !copy_from_guest_raw(&frame[F_ESP], GVA(linear + F_ESP * sizeof(*frame)),
				    2 * sizeof(*frame));
}

int32_t do_iret(uint32_t a1, uint32_t a2, uint32_t a3, uint32_t a4, uint32_t a5, uint32_t a6)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_regs();
	uint32_t frame[F_WORDS];

	if (!read_frame(v, regs, frame)) {
		kill_domain(v->domain, "iret hypercall: no frame can be read at %04x:%08x",
			    regs->ss, regs->esp);
		return 0;
	}
	if (!TRUST_CHECK(19, 2, frame[F_CS] & 3)) {
		kill_domain(v->domain, "iret hypercall: code selector %04x asks for ring 0; "
			    "return to ring 1 or 3", frame[F_CS] & 0xffff);
		return 0;
	}
	if (!TRUST_CHECK(19, 3, !(frame[F_EFLAGS] & EFLAGS_VM))) {
		kill_domain(v->domain, "iret hypercall: EFLAGS %08x asks for virtual-8086 mode, "
			    "which does not exist here", frame[F_EFLAGS]);
		return 0;
	}
	regs->eip = frame[F_EIP];
	regs->cs = frame[F_CS];
	regs->eflags = guest_eflags(frame[F_EFLAGS]);
	if ((frame[F_CS] & 3) == 1) {
		regs->esp += SAME_RING_WORDS * sizeof(frame[0]);
	} else {
		regs->esp = frame[F_ESP];
		regs->ss = frame[F_SS];
	}
	v->in_nmi = false;
	v->info->evtchn_upcall_mask = !(frame[F_EFLAGS] & EFLAGS_IF);
	return frame[F_EAX];
}

/* What a guest's EFLAGS become in hardware (TRUST 19). */
uint32_t guest_eflags(uint32_t eflags)
{
	if (!TRUST_CHECK(19, 4, !(eflags & ~EFLAGS_GUEST)))
		eflags &= EFLAGS_GUEST;
	return eflags | EFLAGS_IF | EFLAGS_MBS;
}

/* Make a register set of a guest's (VCPUOP_initialise) one that can be resumed. */
void sanitize_guest_regs(struct cpu_user_regs *regs)
{
	regs->cs = fix_code_selector(regs->cs);
	regs->ss = fix_stack_selector(regs->ss);
	regs->eflags = guest_eflags(regs->eflags);
	regs->error_code = regs->entry_vector = 0;
}
