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
#include "cpu.h"
#include "guest_stack.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"

/* Offsets of the frame's words, in bytes. */
enum { F_EAX, F_EIP = 4, F_CS = 8, F_EFLAGS = 12, F_ESP = 16, F_SS = 20, F_END = 24 };
#define SAME_RING_BYTES F_ESP

/* The handler's iret: one that came meanwhile is delivered on the way out. */
static void nmi_handled(struct vcpu *v)
{
	v->cpu.iret_duties &= ~IRET_ENDS_NMI;
	if (v->cpu.nmi_pending)
		this_cpu()->softirq |= SOFTIRQ_RELOAD;
}

static __attribute__((noinline)) int32_t unreadable(struct vcpu *v,
						    const struct cpu_user_regs *regs)
{
	kill_domain(v->domain, "iret hypercall: no frame can be read at %04x:%08x", regs->ss,
		    regs->esp);
	return 0;
}

static __attribute__((noinline)) int32_t refuse(struct vcpu *v, uint32_t cs, uint32_t eflags)
{
	if (!(cs & 3))
		kill_domain(v->domain,
			    "iret hypercall: code selector %04x asks for ring 0; "
			    "return to ring 1 or 3",
			    cs & 0xffff);
	else
		kill_domain(v->domain,
			    "iret hypercall: EFLAGS %08x asks for virtual-8086 mode, "
			    "which does not exist here",
			    eflags);
	return 0;
}

static __attribute__((noinline)) void other_duties(struct vcpu *v, uint32_t eflags)
{
	if (v->cpu.iret_duties & IRET_SETS_IOPL)
		set_virtual_iopl(v, (eflags & EFLAGS_IOPL) >> IOPL_SHIFT);
	if (v->cpu.iret_duties & IRET_ENDS_NMI)
		nmi_handled(v);
}

/*
 * Each word goes where it belongs as soon as it is read: when a later one is
 * missing the domain ends anyway.  The stack segment's limit is asked for the
 * words that every frame has; all of them must be the guest's to name.
 * Returns what becomes EAX.
 */
uint32_t iret_hypercall(struct cpu_user_regs *regs)
{
	struct vcpu *v = ((struct cpu *)regs)->vcpu;
	gva_t at = guest_stack_words(v, regs->ss, regs->esp, SAME_RING_BYTES);
	uint32_t eax, eip, cs, eflags, esp, ss;

	count_way(WAY_IRET, false);
	if (unlikely(!guest_words_ok(v->domain, at, SAME_RING_BYTES)) ||
	    !get_guest_word(&eflags, gva_add(at, F_EFLAGS)) ||
	    !get_guest_word(&cs, gva_add(at, F_CS)))
		return unreadable(v, regs);
	if (unlikely(!TRUST_CHECK(19, 3, !(eflags & EFLAGS_VM))))
		return refuse(v, cs, eflags);
	if (unlikely(v->cpu.iret_duties))
		other_duties(v, eflags);
	v->info->evtchn_upcall_mask = ~eflags >> 9 & 1; /* IF, the other way round */
	regs->eflags = guest_eflags(eflags);
	if (likely((cs & 3) == 1)) {
		if (!get_guest_word(&eip, gva_add(at, F_EIP)) ||
		    !get_guest_word(&eax, gva_add(at, F_EAX)))
			return unreadable(v, regs);
		regs->eip = eip;
		regs->cs = cs;
		regs->esp += SAME_RING_BYTES;
		return eax;
	}
	if (unlikely(!TRUST_CHECK(19, 2, cs & 3)))
		return refuse(v, cs, eflags);
	if (unlikely(!guest_words_ok(v->domain, at, F_END)) ||
	    !get_guest_word(&eip, gva_add(at, F_EIP)) ||
	    !get_guest_word(&esp, gva_add(at, F_ESP)) || !get_guest_word(&ss, gva_add(at, F_SS)) ||
	    !get_guest_word(&eax, gva_add(at, F_EAX)))
		return unreadable(v, regs);
	regs->eip = eip;
	regs->cs = cs;
	regs->esp = esp;
	regs->ss = ss;
	return eax;
}

/* In a batch, or from anywhere else but entry.S. */
int32_t do_iret(void)
{
	return iret_hypercall(guest_regs());
}

/* What a guest's EFLAGS become in hardware (TRUST 19). */
uint32_t guest_eflags(uint32_t eflags)
{
	/* Always: it costs less than to ask. */
	if (!TRUST_CHECK(19, 4, false))
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
