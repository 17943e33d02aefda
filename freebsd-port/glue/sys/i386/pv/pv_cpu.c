/* SPDX-License-Identifier: MIT */
/*
 * Registers and tables of the processor that are the hypervisor's to set.
 */
#include <i386/pv/pvvar.h>

#include <sys/eventhandler.h>
#include <sys/pcpu.h>
#include <sys/reboot.h>

#include <machine/cpu.h>
#include <machine/cputypes.h>
#include <sys/bus.h>
#include <machine/intr_machdep.h>
#include <machine/trap.h>
#include <machine/tss.h>
#include <machine/vmparam.h>

#include <xen/interface/version.h>

#include <ringone/discover.h>

u_int pv_cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_MP;
u_int pv_cr3;
u_int pv_cr4 = CR4_PAE | CR4_FXSR | CR4_XMM;

extern union descriptor ldt[];

void
pv_cpuid(u_int leaf, u_int subleaf, u_int *regs)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(leaf, subleaf, &r);
	regs[0] = r.eax;
	regs[1] = r.ebx;
	regs[2] = r.ecx;
	regs[3] = r.edx;
}

/* What locore.s would have found out. */
void
pv_identify(void)
{
	u_int r[4];

	pv_cpuid(0, 0, r);
	cpu_high = r[0];
	((u_int *)cpu_vendor)[0] = r[1];
	((u_int *)cpu_vendor)[1] = r[3];
	((u_int *)cpu_vendor)[2] = r[2];
	pv_cpuid(1, 0, r);
	cpu_id = r[0];
	cpu_procinfo = r[1];
	cpu_feature = r[3] & ~PV_NOT_EDX;
	cpu_feature2 = r[2] & ~PV_NOT_ECX;
	cpu = CPU_686;
}

/* Of CR0 only TS is ours; the rest is as the hypervisor has it. */
void
pv_load_cr0(u_int cr0)
{

	if ((cr0 ^ pv_cr0) & CR0_TS)
		HYPERVISOR_fpu_taskswitch((cr0 & CR0_TS) != 0);
	pv_cr0 = cr0;
}

void
pv_block(void)
{

	HYPERVISOR_sched_op(SCHEDOP_block, NULL);
}

void
pv_set_dr(int reg, u_int value)
{

	HYPERVISOR_set_debugreg(reg, value);
}

u_int
pv_get_dr(int reg)
{

	return (HYPERVISOR_get_debugreg(reg));
}

/* swtch.s: the debug registers of a thread that uses them. */
void	pv_save_dbregs(struct pcb *pcb);
void	pv_load_dbregs(struct pcb *pcb);

void
pv_save_dbregs(struct pcb *pcb)
{

	pcb->pcb_dr7 = pv_get_dr(7);
	pv_set_dr(7, pcb->pcb_dr7 & 0xfc00);
	pcb->pcb_dr6 = pv_get_dr(6);
	pcb->pcb_dr3 = pv_get_dr(3);
	pcb->pcb_dr2 = pv_get_dr(2);
	pcb->pcb_dr1 = pv_get_dr(1);
	pcb->pcb_dr0 = pv_get_dr(0);
}

void
pv_load_dbregs(struct pcb *pcb)
{

	pv_set_dr(6, pcb->pcb_dr6);
	pv_set_dr(3, pcb->pcb_dr3);
	pv_set_dr(2, pcb->pcb_dr2);
	pv_set_dr(1, pcb->pcb_dr1);
	pv_set_dr(0, pcb->pcb_dr0);
	pv_set_dr(7, pcb->pcb_dr7);
}

/* support.s: no breakpoints of hardware. */
void	pv_reset_dbregs(void);
void
pv_reset_dbregs(void)
{
	static const int order[] = { 7, 0, 1, 2, 3, 6 };
	u_int i;

	for (i = 0; i < nitems(order); i++)
		pv_set_dr(order[i], 0);
}

/* support.s: the kernel's descriptors, and of local ones the default table only. */
void	pv_lgdt(struct region_descriptor *r);
void
pv_lgdt(struct region_descriptor *r)
{

	pv_load_gdt(r);
}

void
pv_lldt(u_short sel)
{

	pv_load_ldt(ldt, NLDT);
}

/* The mask stays until trap() has read the fault's address. */
void
pv_lidt(struct region_descriptor *r)
{

	pv_load_traps((void *)r->rd_base, NULL);
}

void
pv_update_fsgs(int which, struct segment_descriptor *sd)
{

	pv_set_descriptor(GUFS_SEL + which, *(uint64_t *)sd);
}

/*
 * The part of cpu_switch() that is the hypervisor's, in one call: what waits, the address space that
 * pv_next_cr3() has named, stack and segments.
 */
void	pv_switch(struct pcb *pcb);
void
pv_switch(struct pcb *pcb)
{

	pv_queue_thread((u_long)pcb - 16, &pcb->pcb_fsd, &pcb->pcb_gsd);
	pv_flush();
}

/* The first thread's stack; the others come by pv_switch(). */
void
pv_first_stack(struct pcb *pcb)
{

	HYPERVISOR_stack_switch(GSEL(GDATA_SEL, SEL_KPL), (u_long)pcb - 16);
}

uint64_t
pv_tsc_hz(void)
{
	struct vcpu_time_info *t = &HYPERVISOR_shared_info->vcpu_info[0].time;
	uint64_t hz = (1000000000ULL << 32) / t->tsc_to_system_mul;

	return (t->tsc_shift < 0 ? hz << -t->tsc_shift : hz >> t->tsc_shift);
}

static void
pv_shutdown(void *arg, int howto)
{
	struct sched_shutdown down;

	down.reason = howto & (RB_POWEROFF | RB_HALT) ? SHUTDOWN_poweroff : SHUTDOWN_reboot;
	if (panicstr != NULL)
		down.reason = SHUTDOWN_crash;
	HYPERVISOR_sched_op(SCHEDOP_shutdown, &down);
}

static void
pv_register(void *arg)
{

	EVENTHANDLER_REGISTER(shutdown_final, pv_shutdown, NULL, SHUTDOWN_PRI_LAST - 100);
}
SYSINIT(pv_shutdown, SI_SUB_DRIVERS, SI_ORDER_ANY, pv_register, NULL);

void
pv_reset(void)
{

	pv_shutdown(NULL, 0);
}
