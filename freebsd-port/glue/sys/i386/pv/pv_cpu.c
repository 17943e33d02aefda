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
u_int pv_cr2;

extern union descriptor gdt[], ldt[];
extern inthand_t IDTVEC(page), IDTVEC(pv_page), IDTVEC(xen_intr_upcall), IDTVEC(pv_failsafe);

/* Features whose use would be the hypervisor's business, or need a register that is. */
#define	NOT_OURS	(CPUID_PSE | CPUID_PGE | CPUID_MCE | CPUID_MCA | CPUID_MTRR | CPUID_PAT | \
			 CPUID_VME | CPUID_SEP | CPUID_APIC | CPUID_PSE36 | CPUID_ACPI)

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
	cpu_feature = r[3] & ~NOT_OURS;
	cpu_feature2 = r[2] & ~(CPUID2_XSAVE | CPUID2_OSXSAVE | CPUID2_MON);
	cpu = CPU_686;
}

void
pv_force_upcall(void)
{

	(void)HYPERVISOR_xen_version(XENVER_version, NULL);
}

u_int
pv_fault_address(void)
{

	if (pv_features & RINGONE_FEATURE_CR2_FRAME)
		return (pv_cr2);
	return (HYPERVISOR_shared_info->vcpu_info[0].arch.cr2);
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

/* Makes a page of the kernel's memory read-only, as the hypervisor wants its tables. */
void
pv_readonly(void *va, int readonly)
{
	pt_entry_t pte = *vtopte((vm_offset_t)va);

	pte = readonly ? pte & ~(pt_entry_t)PG_RW : pte | PG_RW;
	PV_MUST("protection of a descriptor table",
	    HYPERVISOR_update_va_mapping((u_long)va, pte, UVMF_INVLPG));
}

/*
 * Descriptors for tables and tasks are not for guests; nobody here needs them but for their
 * numbers. A segment that does not begin at 0 is the per-CPU data's: it ends where the kernel's
 * addresses do, since counters are reached through it wherever they lie.
 */
void	pv_lgdt(struct region_descriptor *r);
void
pv_lgdt(struct region_descriptor *r)
{
	unsigned long frame;
	u_int base, limit;
	int i, n = (r->rd_limit + 1) / sizeof(union descriptor);

	for (i = 0; i < n; i++) {
		struct segment_descriptor *sd = &gdt[i].sd;

		if ((sd->sd_type & 0x10) == 0 || sd->sd_dpl == 0)
			bzero(sd, sizeof(*sd));
		else if (sd->sd_lobase != 0 || sd->sd_hibase != 0) {
			base = sd->sd_lobase | sd->sd_hibase << 24;
			limit = atop(VM_MAX_KERNEL_ADDRESS - base) - 1;
			sd->sd_gran = 1;
			sd->sd_hilimit = limit >> 16;
			sd->sd_lolimit = limit;
		}
	}
	frame = atop(vtophys(gdt));
	pv_readonly(gdt, 1);
	PV_MUST("the descriptor table", HYPERVISOR_set_gdt(&frame, n));
}

/* Of local descriptor tables there is the default one only. */
void
pv_lldt(u_short sel)
{
	struct mmuext_op op;

	pv_readonly(ldt, 1);
	op.cmd = MMUEXT_SET_LDT;
	op.arg1.linear_addr = (u_long)ldt;
	op.arg2.nr_ents = NLDT;
	PV_MUST("the local descriptor table", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

/* The gates as traps; interrupt gates mask events. */
void
pv_lidt(struct region_descriptor *r)
{
	static trap_info_t table[257];
	struct gate_descriptor *g = (struct gate_descriptor *)r->rd_base;
	trap_info_t *t = table;
	int i;

	for (i = 0; i < NIDT; i++, g++) {
		if (!g->gd_p || (g->gd_type != SDT_SYS386TGT && g->gd_type != SDT_SYS386IGT))
			continue;
		t->vector = i;
		t->flags = g->gd_dpl | (g->gd_type == SDT_SYS386IGT ? 4 : 0);
		t->flags = ringone_trap_flags(i, t->flags, pv_features);
		t->cs = g->gd_selector;
		t->address = g->gd_looffset | g->gd_hioffset << 16;
		if (i == IDT_PF && (pv_features & RINGONE_FEATURE_CR2_FRAME))
			t->address = (u_long)&IDTVEC(pv_page);
		t++;
	}
	bzero(t, sizeof(*t));
	PV_MUST("the trap table", HYPERVISOR_set_trap_table(table));
	PV_MUST("the callbacks", HYPERVISOR_set_callbacks(GSEL(GCODE_SEL, SEL_KPL),
	    (u_long)&IDTVEC(xen_intr_upcall), GSEL(GCODE_SEL, SEL_KPL), (u_long)&IDTVEC(pv_failsafe)));
}

static struct segment_descriptor fsgs[2];	/* as they are in the table */

static void
next_fsgs(int which, struct segment_descriptor *sd)
{
	uint64_t at;

	if (bcmp(&fsgs[which], sd, sizeof(*sd)) == 0)
		return;
	fsgs[which] = *sd;
	at = vtophys(&gdt[GUFS_SEL + which]);
	pv_queue_call(__HYPERVISOR_update_descriptor, at, at >> 32, ((u_int *)sd)[0],
	    ((u_int *)sd)[1]);
}

void
pv_update_fsgs(int which, struct segment_descriptor *sd)
{

	next_fsgs(which, sd);
	pv_flush();
}

/*
 * The part of cpu_switch() that is the hypervisor's, in one call: what waits, the address space that
 * pv_next_cr3() has named, stack and segments.
 */
void	pv_switch(struct pcb *pcb);
void
pv_switch(struct pcb *pcb)
{

	pv_queue_call(__HYPERVISOR_stack_switch, GSEL(GDATA_SEL, SEL_KPL), (u_long)pcb - 16, 0, 0);
	next_fsgs(0, &pcb->pcb_fsd);
	next_fsgs(1, &pcb->pcb_gsd);
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
