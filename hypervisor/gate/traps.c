/* SPDX-License-Identifier: MIT */
/*
 * What happens on each exception.
 *
 * From a guest: repair it if it is ours to repair (a page-table store, an LDT
 * page not yet there, a privileged instruction, a truncated segment), else
 * hand it to the guest's own handler.  From ring 0: a prepared place (the
 * exception table), or the end of the machine.
 */
#include "gate.h"
#include "internal.h"
#include "domain/domain.h"
#include "emulate/emulate.h"
#include "lib.h"
#include "mm/mm.h"
#include "say/say.h"

struct extable_entry {
	uint32_t from, to;
};
extern const struct extable_entry __extable_start[], __extable_end[];

uint32_t search_extable(uint32_t eip)
{
	for (const struct extable_entry *e = __extable_start; e < __extable_end; e++)
		if (e->from == eip)
			return e->to;
	return 0;
}

/* Exceptions that mean the same to the guest as to the processor. */
static void trap_plain(struct cpu_user_regs *regs)
{
	inject_trap(regs->entry_vector & 0xff, regs->error_code);
}

/*
 * INT3 and INTO come through gates of DPL 3, so a program's privilege is checked
 * here against what the guest registered, as its own IDT would have done.  Its
 * kernel has it.
 */
static void trap_breakpoint(struct cpu_user_regs *regs)
{
	uint32_t vector = regs->entry_vector & 0xff;
	const struct trap_info *ti = &current->cpu.traps[vector];
	uint8_t opcode;

	if ((regs->cs & 3) == 1 || TRUST_CHECK(14, 1, TI_GET_DPL(ti) >= (regs->cs & 3U))) {
		inject_trap(vector, 0);
		return;
	}
	/* One byte (CC, CE) or two (CD nn): the fault is reported at the instruction. */
	regs->eip -= 1;
	if (!read_guest_code(regs, regs->eip, &opcode, 1) || (opcode != 0xcc && opcode != 0xce))
		regs->eip -= 1;
	inject_trap(TRAP_GP, vector << 3 | ERROR_IDT);
}

/*
 * The processor would have stopped behind an instruction that is stepped; so do
 * we behind one that we do in its place.  One that will run again has not moved.
 * RF, which the fault set to get past a breakpoint on the instruction itself,
 * has done its part.
 */
static bool stepped(struct cpu_user_regs *regs, bool (*emulate)(struct cpu_user_regs *regs))
{
	uint32_t at = regs->eip;

	if (!emulate(regs))
		return false;
	if (regs->eip == at)
		return true;
	regs->eflags &= ~EFLAGS_RF;
	if (unlikely(regs->eflags & EFLAGS_TF))
		inject_single_step();
	return true;
}

static void trap_invalid_opcode(struct cpu_user_regs *regs)
{
	if (!stepped(regs, emulate_forced_cpuid) && !syscall_trap(regs))
		inject_trap(TRAP_UD, 0);
}

/* The hypervisor switches FPU state eagerly: TS is never set but for the guest. */
static void trap_no_fpu(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	bool wanted = v->cpu.guest_cr0 & CR0_TS;

	clts();
	v->cpu.guest_cr0 &= ~CR0_TS; /* the interface clears it on delivery */
	if (wanted)
		inject_trap(TRAP_NM, 0);
}

static void trap_stack_fault(struct cpu_user_regs *regs)
{
	if (!emulate_4gb_segment(regs, TRAP_SS, regs->error_code))
		inject_trap(TRAP_SS, regs->error_code);
}

static void trap_general_protection(struct cpu_user_regs *regs)
{
	if (inject_soft_trap(regs))
		return;
	if (regs->error_code == 0 && stepped(regs, emulate_privileged))
		return;
	if (emulate_4gb_segment(regs, TRAP_GP, regs->error_code))
		return;
	inject_trap(TRAP_GP, regs->error_code);
}

static bool in_ldt_window(const struct vcpu *v, uint32_t va)
{
	return va - LDT_WINDOW(v->id) < VCPU_WINDOW_SIZE / 2;
}

static bool in_gdt_window(const struct vcpu *v, uint32_t va)
{
	return va - GDT_WINDOW(v->id) < VCPU_WINDOW_SIZE / 2;
}

/*
 * The processor read a descriptor and found no page.  A page of the LDT is
 * mapped now; where that fails the guest sees the fault at its own address of
 * the LDT.  A GDT page that the guest never supplied is one beyond its limit.
 */
static bool descriptor_fault(struct vcpu *v, const struct cpu_user_regs *regs, uint32_t va)
{
	uint32_t error_code = regs->error_code;

	if (in_ldt_window(v, va)) {
		if (!ldt_fault(v, va))
			inject_page_fault(v->mm.ldt_base.a + (va - LDT_WINDOW(v->id)),
					  error_code | (guest_kernel_mode(regs) ? 0 : PF_USER));
		return true;
	}
	if (in_gdt_window(v, va)) {
		inject_trap(TRAP_GP, (va - GDT_WINDOW(v->id)) & 0xfff8);
		return true;
	}
	return false;
}

/* Ring 3's come here only when short.S finds them odd. */
static void trap_page_fault(struct cpu_user_regs *regs)
{
	uint32_t va = read_cr2(), error_code = regs->error_code;
	struct vcpu *v = current;

	/* A write to a present page by ring 1: perhaps one of its page tables. */
	if ((error_code & (PF_PRESENT | PF_WRITE | PF_USER | PF_RSVD)) == (PF_PRESENT | PF_WRITE) &&
	    guest_kernel_mode(regs) && va < guest_range_end(v->domain) &&
	    ptwr_fault(v, GVA(va), regs))
		return;
	if (unlikely(va >= PERDOMAIN_START) && !(error_code & PF_USER) &&
	    descriptor_fault(v, regs, va))
		return;
	if (error_code & PF_USER)
		count_way(WAY_PAGE_FAULT, false);
	inject_page_fault(va, error_code);
}

/* Reserved vectors, and interrupts nobody set a handler for. */
static void trap_unexpected(struct cpu_user_regs *regs)
{
	uint32_t vector = regs->entry_vector & 0xff;
	static bool said[256];

	if (!said[vector])
		printk(LOG_WARN, "nothing should raise vector 0x%02x; ignored\n", vector);
	said[vector] = true;
}

/* ---- from ring 0 ---- */

extern const char exit_path_start[], exit_path_end[], short_ways_start[], short_ways_end[];

static bool on_exit_path(uint32_t eip)
{
	return (eip >= (uint32_t)exit_path_start && eip < (uint32_t)exit_path_end) ||
	       (eip >= (uint32_t)short_ways_start && eip < (uint32_t)short_ways_end);
}

/*
 * #DB in ring 0 is of the guest's making (TRUST 15): its watchpoint met one of
 * our accesses to its memory, its TF came along with SYSENTER, or a pending
 * one was held back by MOV SS until INT had entered here.  It is dropped; but
 * a process that is stepped finds its TF again.
 */
static void ring0_debug(struct cpu_user_regs *regs)
{
	if (regs->eip == (uint32_t)sysenter_entry && regs->eflags & EFLAGS_TF)
		current->cpu.sysenter_stepped = true;
	regs->eflags &= ~EFLAGS_TF;
	TRUST_EFFECT(15, 100, drop_debug_status());
}

/* Called by entry.S for everything that comes while ring 0 runs; regs ends at eflags. */
void ring0_trap(struct cpu_user_regs *regs)
{
	uint32_t vector = regs->entry_vector & 0xff, fixup, va = 0;

	if (vector >= 0x20) {
		trap_handlers[vector](regs);
		return;
	}
	switch (vector) {
	case TRAP_NMI:
		nmi_in_ring0(regs);
		return;
	case TRAP_MC:
		machine_check(regs);
		return;
	case TRAP_DB:
		ring0_debug(regs);
		return;
	case TRAP_PF:
		va = read_cr2();
		/* The way out loads a selector of the guest's LDT; no lock is held there. */
		if (on_exit_path(regs->eip) && in_ldt_window(current, va) && ldt_fault(current, va))
			return;
		break;
	}
	fixup = search_extable(regs->eip);
	if (fixup) {
		regs->eip = fixup;
		return;
	}
	if (vector == TRAP_PF)
		panic_regs(regs, "page fault of the hypervisor at 0x%08x, error code 0x%x", va,
			   regs->error_code);
	panic_regs(regs, "exception %u of the hypervisor, error code 0x%x", vector,
		   regs->error_code);
}

/*
 * A guest that got into virtual-8086 mode (an emulator's mistake) is taken out
 * of it: its kernel gets #GP with the frame it would have had without VM.
 */
void __noreturn vm86_trap(struct cpu_user_regs *frame)
{
	uint32_t vector = frame->entry_vector & 0xff;
	struct cpu_user_regs *regs = guest_regs();

	memmove(regs, frame, sizeof(*regs));
	regs->eflags = guest_eflags(regs->eflags);
	regs->cs |= 3;
	regs->ds = regs->es = regs->fs = regs->gs = 0;
	if (vector >= 0x20 || vector == TRAP_NMI)
		trap_handlers[vector](regs);
	inject_trap(TRAP_GP, 0);
	resume_guest();
}

/* Fill the table that entry.S calls through; before the IDT is loaded. */
void trap_handlers_init(void)
{
	static const struct {
		uint8_t vector;
		trap_handler fn;
	} special[] = {
		{ TRAP_DB, trap_debug },
		{ TRAP_NMI, trap_nmi },
		{ TRAP_BP, trap_breakpoint },
		{ TRAP_OF, trap_breakpoint },
		{ TRAP_UD, trap_invalid_opcode },
		{ TRAP_NM, trap_no_fpu },
		{ TRAP_SS, trap_stack_fault },
		{ TRAP_GP, trap_general_protection },
		{ TRAP_PF, trap_page_fault },
		{ TRAP_MC, machine_check },
		{ TRAP_DE, trap_plain },
		{ TRAP_BR, trap_plain },
		{ 9, trap_plain },
		{ TRAP_TS, trap_plain },
		{ TRAP_NP, trap_plain },
		{ TRAP_MF, trap_plain },
		{ TRAP_AC, trap_plain },
		{ TRAP_XM, trap_plain },
	};

	for (uint32_t v = 0; v < 256; v++)
		trap_handlers[v] = trap_unexpected;
	for (uint32_t i = 0; i < ARRAY_SIZE(special); i++)
		trap_handlers[special[i].vector] = special[i].fn;
}
