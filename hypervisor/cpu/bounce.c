/* SPDX-License-Identifier: MIT */
/*
 * Handing a trap to the guest: write the frame that the processor would have
 * written to the guest kernel's stack, and go on in its handler.
 *
 *        what a handler finds           failsafe callback
 *   +16  ss      only when the trap     ss, esp  likewise
 *   +12  esp     came from ring 2 or 3
 *    +8  eflags  IF: events were on     eflags       (and IOPL: iopl.c)
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
#include "cpu.h"
#include "guest_stack.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"

/* Exceptions that push an error code: 8, 10 to 14, 17. */
#define ERROR_CODE_VECTORS 0x00027d00U

#define INNER_WORDS 3 /* eip cs eflags */
#define OUTER_WORDS 5 /* and esp ss */

/* A frame that was asked for: its stack, and in `at` its first extra word, if it has any. */
struct frame {
	uint32_t ss, sp;
	gva_t at;
	bool written;
};

/*
 * Every page fault and every event of a guest goes through here: so one store
 * a word, and what an injection does not need is left out when it is inlined.
 */
static inline __attribute__((always_inline)) struct frame
write_frame_on(struct vcpu *v, const struct cpu_user_regs *regs, bool outer, uint32_t nr_extra)
{
	uint32_t masked = v->info->evtchn_upcall_mask != 0, bytes;
	struct frame f;
	gva_t at;

	bytes = (nr_extra + (outer ? OUTER_WORDS : INNER_WORDS)) * 4;
	f.ss = outer ? v->cpu.kernel_ss : regs->ss;
	f.sp = (outer ? v->cpu.kernel_sp : regs->esp) - bytes;
	f.at = guest_stack_words(v, f.ss, f.sp, bytes);
	at = gva_add(f.at, nr_extra * 4);
	f.written = guest_words_ok(v->domain, f.at, bytes) &&
		    (!outer || (put_guest_word(gva_add(at, 12), regs->esp) &&
				put_guest_word(gva_add(at, 16), regs->ss))) &&
		    put_guest_word(at, regs->eip) &&
		    put_guest_word(gva_add(at, 4), regs->cs | masked << 16) &&
		    put_guest_word(gva_add(at, 8), (regs->eflags & ~EFLAGS_IF) | (masked ^ 1) << 9 |
							   v->cpu.frame_iopl);
	return f;
}

static inline __attribute__((always_inline)) struct frame
write_frame(struct vcpu *v, const struct cpu_user_regs *regs, uint32_t nr_extra)
{
	if (guest_kernel_mode(regs))
		return write_frame_on(v, regs, false, nr_extra);
	return write_frame_on(v, regs, true, nr_extra);
}

static __attribute__((noinline)) void no_room(struct vcpu *v, uint32_t ss, uint32_t sp)
{
	kill_domain(v->domain,
		    "no room for a trap's frame on its kernel stack %04x:%08x; "
		    "is the stack mapped and writable?",
		    ss, sp);
}

/* Go on at cs:eip with the frame that was written; masks: events are masked on entry. */
static inline __attribute__((always_inline)) void enter(struct vcpu *v, struct cpu_user_regs *regs,
							struct frame f, uint32_t cs, uint32_t eip,
							bool masks)
{
	if (unlikely(!TRUST_CHECK(13, 1, f.written))) {
		no_room(v, f.ss, f.sp);
		return;
	}
	regs->ss = f.ss;
	regs->esp = f.sp;
	regs->cs = cs;
	regs->eip = eip;
	regs->eflags &= ~ENTRY_CLEARS;
	if (masks)
		v->info->evtchn_upcall_mask = 1;
}

static __attribute__((noinline)) void no_handler(struct vcpu *v, const struct trap_info *ti)
{
	kill_domain(v->domain, "vector %u has no handler; register one with set_trap_table",
		    (uint32_t)(ti - v->cpu.traps));
}

static inline __attribute__((always_inline)) void enter_handler(struct vcpu *v,
								struct cpu_user_regs *regs,
								struct frame f,
								const struct trap_info *ti)
{
	/* TRUST 14: nothing registered is an answer too. */
	if (unlikely(!TRUST_CHECK(14, 3, ti->address != 0)))
		no_handler(v, ti);
	else
		enter(v, regs, f, ti->cs, ti->address, TI_GET_IF(ti));
}

/*
 * Deliver exception `vector` to the current VCPU's kernel, from the context in
 * cpu->regs.  The error code is ignored for vectors that push none.
 */
void inject_trap(uint32_t vector, uint32_t error_code)
{
	struct cpu_user_regs *regs = guest_regs();
	struct vcpu *v = current;
	struct frame f;

	if (vector == TRAP_SPURIOUS || (vector < 32 && (ERROR_CODE_VECTORS >> vector & 1))) {
		f = write_frame(v, regs, 1);
		f.written = f.written && put_guest_word(f.at, error_code);
	} else {
		f = write_frame(v, regs, 0);
	}
	enter_handler(v, regs, f, &v->cpu.traps[vector]);
}

#define OPCODE_INT 0xcd /* followed by the vector */

/*
 * Bytes of the INT n at EIP, whatever prefixes stand before it.  Without any,
 * the next one of this program's may go the short way, if its code is flat.
 */
static uint32_t int_length(struct vcpu *v, const struct cpu_user_regs *regs)
{
	uint8_t byte;

	for (uint32_t prefixes = 0; prefixes <= INSN_MAX_LENGTH - 2; prefixes++) {
		if (!read_guest_code(regs, regs->eip + prefixes, &byte, 1))
			break;
		if (byte == OPCODE_INT) {
			if (!prefixes)
				learn_flat_code(v, regs->cs);
			return prefixes + 2;
		}
	}
	return 2; /* it was changed meanwhile */
}

/*
 * INT n through a gate of ours with too low a DPL: the error code of #GP names
 * the vector, and the guest's trap table decides as its own IDT would.  False:
 * it is another #GP.
 */
bool inject_soft_trap(struct cpu_user_regs *regs)
{
	uint32_t error_code = regs->error_code, ring = regs->cs & 3;
	struct vcpu *v = current;
	const struct trap_info *ti = &v->cpu.traps[error_code >> 3 & 0xff];

	if ((error_code & (ERROR_IDT | ERROR_EXT)) != ERROR_IDT)
		return false;
	if (!TRUST_CHECK(14, 2, (uint32_t)TI_GET_DPL(ti) >= ring) || !ti->address)
		return false;
	if (ring == 3)
		count_way(WAY_SOFT_TRAP, false);
	regs->eip += int_length(v, regs);
	TRUST_EFFECT(15, 101, regs->eflags &= ~EFLAGS_RF); /* the fault's, and INT n is none */
	enter_handler(v, regs, write_frame(v, regs, 0), ti);
	return true;
}

/* CR2 goes where old kernels look for it, and on the stack for who asked (TI_CR2_FRAME). */
void inject_page_fault(uint32_t cr2, uint32_t error_code)
{
	struct cpu_user_regs *regs = guest_regs();
	struct vcpu *v = current;
	const struct trap_info *ti = &v->cpu.traps[TRAP_PF];
	struct frame f;

	v->info->arch.cr2 = cr2;
	if (likely(ti->flags & TI_CR2_FRAME)) {
		f = write_frame(v, regs, 2);
		f.written = f.written && put_guest_word(f.at, cr2) &&
			    put_guest_word(gva_add(f.at, 4), error_code);
	} else {
		f = write_frame(v, regs, 1);
		f.written = f.written && put_guest_word(f.at, error_code);
	}
	enter_handler(v, regs, f, ti);
}

void inject_callback(uint32_t cs, uint32_t eip, bool masks)
{
	struct cpu_user_regs *regs = guest_regs();
	struct vcpu *v = current;

	enter(v, regs, write_frame(v, regs, 0), cs, eip, masks);
}

/*
 * An event is due at the end of a hypercall, which nothing else was found to
 * be: the upcall at once, called by entry.S, if it is as simple as that.
 */
void quick_upcall(struct cpu_user_regs *regs)
{
	struct cpu *c = (struct cpu *)regs;
	struct vcpu *v = c->vcpu;
	gva_t sp = GVA(regs->esp - INNER_WORDS * 4);

	if (likely(!v->cpu.nmi_pending) && likely(v->cpu.event_eip) &&
	    likely(guest_kernel_mode(regs)) && likely(regs->ss == v->cpu.flat_ss) &&
	    likely(guest_words_ok(v->domain, sp, INNER_WORDS * 4)) &&
	    put_guest_word(sp, regs->eip) && put_guest_word(gva_add(sp, 4), regs->cs) &&
	    put_guest_word(gva_add(sp, 8), regs->eflags | v->cpu.frame_iopl)) {
		regs->esp = sp.a;
		regs->cs = v->cpu.event_cs;
		regs->eip = v->cpu.event_eip;
		regs->eflags &= ~ENTRY_CLEARS;
		v->info->evtchn_upcall_mask = 1;
		count_way(WAY_UPCALL, true);
	} else {
		c->softirq |= SOFTIRQ_RELOAD; /* the full way out sees to it */
	}
}

/* Without a callback events stay pending; the guest may poll for them. */
void inject_event_upcall(struct vcpu *v)
{
	struct cpu_user_regs *regs = guest_regs();

	if (!v->cpu.event_eip)
		return;
	count_way(WAY_UPCALL,
		  (guest_kernel_mode(regs) ? regs->ss : v->cpu.kernel_ss) == v->cpu.flat_ss);
	inject_callback(v->cpu.event_cs, v->cpu.event_eip, true);
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
	struct frame f;
	bool entering = regs->cs == v->cpu.failsafe_cs && regs->eip == v->cpu.failsafe_eip &&
			!(regs->ds | regs->es | regs->fs | regs->gs);

	if (!TRUST_CHECK(19, 1, !entering)) {
		kill_domain(v->domain, "its failsafe callback %04x:%08x cannot be entered",
			    v->cpu.failsafe_cs, v->cpu.failsafe_eip);
		return;
	}
	if (!v->cpu.failsafe_eip) {
		kill_domain(v->domain,
			    "returning to %04x:%08x faulted and there is no failsafe "
			    "callback; register one with set_callbacks",
			    regs->cs, regs->eip);
		return;
	}
	f = write_frame(v, regs, 4);
	f.written = f.written && put_guest_word(f.at, regs->ds) &&
		    put_guest_word(gva_add(f.at, 4), regs->es) &&
		    put_guest_word(gva_add(f.at, 8), regs->fs) &&
		    put_guest_word(gva_add(f.at, 12), regs->gs);
	enter(v, regs, f, v->cpu.failsafe_cs, v->cpu.failsafe_eip, v->cpu.failsafe_masks);
	regs->ds = regs->es = regs->fs = regs->gs = 0;
}
