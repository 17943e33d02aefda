/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that take long stop at a good place and run again (TRUST 5).
 * Nothing is remembered for them: all that carries on stands in the guest's
 * own registers, or in the guest's own multicall entry, and so is checked
 * again like any argument.
 */
#include "call.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "x86.h"

#define INT_LENGTH 2 /* int $0x82 is CD 82 */

/*
 * Is something due that should not wait for the rest of a long call: work of
 * an interrupt handler, or an event that this VCPU would take now?
 */
bool preempt_needed(void)
{
	interrupt_window();
	return this_cpu()->softirq || events_deliverable(current);
}

int32_t hypercall_continue(uint32_t nr, uint32_t nr_args, uint32_t a1, uint32_t a2, uint32_t a3,
			   uint32_t a4)
{
	struct multicall_entry *entry = multicall_current;
	struct cpu_user_regs *regs = guest_regs();
	const uint32_t args[] = { a1, a2, a3, a4 };

	current->hypercall_restarted = true;
	if (entry) {
		entry->op = nr;
		entry->result = nr_args; /* how many of the words below are new (multicall.c) */
		for (uint32_t i = 0; i < nr_args && i < ARRAY_SIZE(args); i++)
			entry->args[i] = args[i];
		return nr;
	}

	this_cpu()->softirq |= SOFTIRQ_RELOAD;
	regs->eip -= INT_LENGTH;
	regs->eax = nr;
	if (nr_args > 0)
		regs->ebx = a1;
	if (nr_args > 1)
		regs->ecx = a2;
	if (nr_args > 2)
		regs->edx = a3;
	if (nr_args > 3)
		regs->esi = a4;
	return nr;
}
