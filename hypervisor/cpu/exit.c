/* SPDX-License-Identifier: MIT */
/* The way out to a guest, and what changes when another VCPU takes it. */
#include "console.h"
#include "domain.h"
#include "event.h"
#include "internal.h"
#include "mm.h"
#include "pirq.h"
#include "tables.h"

/*
 * Do what interrupt handlers and hypercalls left for now, until the current
 * VCPU may run.  A dead domain's VCPUs are never picked again, so schedule()
 * comes back with another one or idles.
 */
static void do_work(struct cpu *cpu)
{
	for (;;) {
		uint32_t work = cpu->softirq;

		cpu->softirq = 0;
		if (unlikely(work & SOFTIRQ_DOMAINS))
			domains_softirq();
		if (unlikely(!vcpu_may_run(cpu->vcpu)))
			work |= SOFTIRQ_SCHED;
		if (!work)
			break;
		if (work & SOFTIRQ_TIMER)
			timer_softirq();
		if (work & SOFTIRQ_PIRQ)
			lines_softirq();
		if (work & SOFTIRQ_CONSOLE)
			console_input();
		if ((work | cpu->softirq) & SOFTIRQ_SCHED) {
			cpu->softirq &= ~SOFTIRQ_SCHED;
			schedule();
		}
	}
}

/*
 * What is left to do, then the events that the VCPU can take.  An upcall that
 * has no room on the guest's stack is the domain's end, and its end is work:
 * without another look the dead would run on until somebody interrupts them.
 */
void exit_to_guest_work(struct cpu_user_regs *regs)
{
	struct cpu *cpu = this_cpu();
	struct vcpu *v;

	do {
		do_work(cpu);
		v = current;
		deliver_pending_nmi(v);
		if (events_deliverable(v))
			inject_event_upcall(v);
	} while (unlikely(v->domain->crashed));
}

void resume_guest(void)
{
	__asm__ volatile("mov %0, %%esp\n\t"
			 "jmp way_out"
			 :
			 : "r"(this_cpu()));
	__builtin_unreachable();
}

/* The selectors in FS and GS were saved on entry; everything else that is v's leaves here. */
void vcpu_save_cpu_state(struct vcpu *v)
{
	fpu_save(v);
	debugreg_unload(v);
	/* v's windows go with its page tables: stand on our own page until the next one's. */
	load_own_gdt(this_cpu());
	__asm__ volatile("mov %w0, %%fs\n\t"
			 "mov %w0, %%gs\n\t"
			 "lldt %w0"
			 :
			 : "r"(0)
			 : "memory");
}

/* v's page tables are loaded (load_cr3). */
void vcpu_load_cpu_state(struct vcpu *v)
{
	struct cpu *cpu = this_cpu();
	uint32_t cr4 = hardware_cr4(v);

	if (cr4 != read_cr4())
		write_cr4(cr4);
	load_gdt_window(v);
	load_ldt(v);
	set_ring1_stack(cpu, v->kernel_ss, v->kernel_sp);
	set_direct_gate(cpu, v->direct_gate);
	debugreg_load(v);
	fpu_load(v);
}
