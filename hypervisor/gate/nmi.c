/* SPDX-License-Identifier: MIT */
/*
 * NMI, machine check, double fault: what may come at any instruction.
 *
 * An NMI that interrupts ring 0 leaves a flag and nothing else (TRUST 15); the
 * way out to a guest looks at it.  A machine check and a double fault are the
 * machine's end.
 */
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "say/say.h"
#include "sched/sched.h"
#include "tables.h"

static volatile bool nmi_seen;

#define NMI_REASON_PORT 0x61
#define REASON_SERR     0x80
#define REASON_IOCHK    0x40

/* Tell the first domain's first VCPU, if it listens; else say it once. */
static void note_nmi(void)
{
	static bool said;
	struct vcpu *v = hardware_domain ? hardware_domain->vcpus[0] : NULL;
	uint8_t reason = inb(NMI_REASON_PORT);

	nmi_seen = false;
	if (v && v->cpu.nmi_cb.eip) {
		if (reason & REASON_SERR)
			hardware_domain->shared->arch.nmi_reason |= XEN_NMIREASON_pci_serr;
		if (reason & REASON_IOCHK)
			hardware_domain->shared->arch.nmi_reason |= XEN_NMIREASON_io_error;
		v->cpu.nmi_pending = true;
		vcpu_wake(v);
	} else if (!said) {
		said = true;
		printk(LOG_WARN, "NMI, reason 0x%02x; no domain listens, ignored from now on\n",
		       reason);
	}
}

void trap_nmi(struct cpu_user_regs *regs)
{
	note_nmi();
	deliver_pending_nmi(current);
}

/*
 * Interrupted: ourselves.  The note is made when nothing is half done, on the
 * next way out, which is a long one now, or in the idle loop, which does not
 * fall asleep any more.
 */
void nmi_in_ring0(struct cpu_user_regs *regs)
{
	extern const char idle_look[], idle_hlt[], idle_awake[];

	nmi_seen = true;
	if (!hardware_domain)
		return; /* too early for any of this */
	this_cpu()->softirq |= SOFTIRQ_RELOAD;
	if (regs->eip >= (uint32_t)idle_look && regs->eip <= (uint32_t)idle_hlt)
		regs->eip = (uint32_t)idle_awake;
}

void note_seen_nmi(void)
{
	if (unlikely(nmi_seen))
		note_nmi();
}

/*
 * On the way out of ring 0.  NMIs do not nest: the next one waits for the iret
 * hypercall that ends the handler, or its XEN_EFLAGS_NMI form.
 */
void deliver_pending_nmi(struct vcpu *v)
{
	note_seen_nmi();
	if (likely(!v->cpu.nmi_pending) ||
	    TRUST_WHEN(15, 103, v->cpu.iret_duties & IRET_ENDS_NMI) || !v->cpu.nmi_cb.eip)
		return;
	v->cpu.nmi_pending = false;
	v->cpu.iret_duties |= IRET_ENDS_NMI;
	inject_callback(v->cpu.nmi_cb.cs, v->cpu.nmi_cb.eip, true);
}

void machine_check(struct cpu_user_regs *regs)
{
	panic_regs(regs, "machine check: the hardware reports an error it cannot correct");
}

/*
 * The #DF task.  The processor saved what it was doing in the main TSS; its
 * stack may be the reason for it all, so we run on another one, whose top gets
 * a copy of struct cpu for this_cpu().
 */
void double_fault(void)
{
	struct cpu *c = this_cpu();
	struct cpu_user_regs regs;
	const struct tss *t;

	*c = *cpus[0];
	t = &c->tables->tss;
	regs = (struct cpu_user_regs){
		.eax = t->eax,
		.ebx = t->ebx,
		.ecx = t->ecx,
		.edx = t->edx,
		.esi = t->esi,
		.edi = t->edi,
		.ebp = t->ebp,
		.esp = t->esp,
		.eip = t->eip,
		.eflags = t->eflags,
		.cs = t->cs,
		.ss = t->ss,
		.ds = t->ds,
		.es = t->es,
		.fs = t->fs,
		.gs = t->gs,
		.entry_vector = TRAP_DF,
	};
	panic_regs(&regs, "double fault of the hypervisor, CR2 0x%08x", read_cr2());
}
