/* SPDX-License-Identifier: MIT */
/* The way out to a guest, and what changes when another VCPU takes it. */
#include "gate.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "sched/sched.h"
#include "unit.h"

/* Nobody can run: see to what is due, and sleep until something is. */
static void idle(struct cpu *c)
{
	uint32_t todo = c->softirq;

	c->softirq = 0;
	units_softirq(todo);
	note_seen_nmi();
	/*
	 * sti takes effect after hlt has begun: no interrupt slips in between.  An NMI
	 * does not ask for IF; one that comes behind the look at softirq goes on
	 * behind hlt (nmi.c).
	 */
	if (!todo)
		__asm__ volatile(".globl idle_look, idle_hlt, idle_awake\n"
				 "idle_look:	cmpl $0, %0\n"
				 "		jne 1f\n"
				 "		sti\n"
				 "idle_hlt:	hlt\n"
				 "idle_awake:	cli\n"
				 "1:"
				 :
				 : "m"(c->softirq)
				 : "memory", "cc");
}

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
		if (work & SOFTIRQ_UNITS)
			units_softirq(work);
		if (unlikely(!vcpu_may_run(cpu->vcpu)))
			work |= SOFTIRQ_SCHED;
		if (!work)
			break;
		if ((work | cpu->softirq) & SOFTIRQ_SCHED) {
			cpu->softirq &= ~SOFTIRQ_SCHED;
			schedule(idle);
			if (likely(!cpu->softirq))
				break; /* it picks nobody who may not run */
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

	for (;;) {
		do_work(cpu);
		v = current;
		if (unlikely(v->domain->mm.auditor)) {
			audit_continue(v); /* not yet back, whatever is due to the guest */
			continue;
		}
		deliver_pending_nmi(v);
		if (events_deliverable(v))
			inject_event_upcall(v);
		if (likely(!v->domain->crashed))
			break;
	}
}

void resume_guest(void)
{
	__asm__ volatile("mov %0, %%esp\n\t"
			 "jmp way_out"
			 :
			 : "r"(this_cpu()));
	__builtin_unreachable();
}
