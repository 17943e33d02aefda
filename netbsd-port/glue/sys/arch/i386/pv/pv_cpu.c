/* SPDX-License-Identifier: MIT */
/*
 * Registers and tables of the processor that are the hypervisor's to set, and what Xen's HVM
 * interface would have answered.
 */
#include "pvvar.h"

#include <machine/cpufunc.h>
#include <machine/pcb.h>

#include <xen/include/public/hvm/hvm_op.h>
#include <xen/include/public/hvm/params.h>
#include <xen/include/public/version.h>

#include <ringone/discover.h>

#define	GDT_ENTRIES	(PAGE_SIZE / sizeof(union descriptor))

register_t pv_cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_MP;
register_t pv_cr2;
register_t pv_cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

/* Where descriptors are before there is memory to allocate; then what the processor sees. */
union descriptor pv_first_gdt[NGDT];
static union descriptor table[GDT_ENTRIES] __aligned(PAGE_SIZE);
static uint64_t said[GDT_ENTRIES];	/* what was asked for; a limit may be cut off in the table */
static bool table_used;

/* The ways in, of pv_entry.S. */
extern char pv_upcall[], pv_page[], pv_failsafe[];

/* Features whose use would be the hypervisor's business, or need a register that is. */
#define	NOT_OURS	(CPUID_PSE | CPUID_PGE | CPUID_MCE | CPUID_MCA | CPUID_MTRR | CPUID_PAT | \
			 CPUID_VME | CPUID_SEP | CPUID_APIC | CPUID_PSE36 | CPUID_ACPI)
#define	NOT_OURS2	(CPUID2_XSAVE | CPUID2_OSXSAVE | CPUID2_MONITOR | CPUID2_PCID)

void
pv_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t *regs)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(leaf, subleaf, &r);
	regs[0] = r.eax;
	regs[1] = r.ebx;
	regs[2] = r.ecx;
	regs[3] = r.edx;
	if (leaf == 1) {
		regs[2] &= ~NOT_OURS2;
		regs[3] &= ~NOT_OURS;
	} else if (leaf == 7)
		regs[0] = regs[1] = regs[2] = regs[3] = 0;
	else if (leaf == 0x80000001)
		regs[3] &= ~(CPUID_NOX | CPUID_SYSCALL);
}

void
pv_force_upcall(void)
{

	(void)HYPERVISOR_xen_version(XENVER_version, NULL);
}

/*
 * TS is a variable. The kernel sets it to be told of a slip, the FPU's state is the program's whenever
 * a program runs, and the hypervisor keeps guests' states apart by itself: no call for it.
 */
void
pv_set_ts(int on)
{

	pv_cr0 = on ? pv_cr0 | CR0_TS : pv_cr0 & ~CR0_TS;
}

void
lcr0(register_t cr0)
{

	pv_set_ts((cr0 & CR0_TS) != 0);
	pv_cr0 = cr0;
}

register_t
rcr0(void)
{

	return pv_cr0;
}

void
lcr2(register_t cr2)
{

	HYPERVISOR_shared_info->vcpu_info[0].arch.cr2 = pv_cr2 = cr2;
}

register_t
rcr2(void)
{

	if (pv_features & RINGONE_FEATURE_CR2_FRAME)
		return pv_cr2;
	return HYPERVISOR_shared_info->vcpu_info[0].arch.cr2;
}

void
stts(void)
{

	pv_set_ts(1);
}

/* Debug registers. */
#define	DR(n)									\
void ldr##n(register_t v) { HYPERVISOR_set_debugreg(n, v); }			\
register_t rdr##n(void) { return HYPERVISOR_get_debugreg(n); }
DR(0)
DR(1)
DR(2)
DR(3)
DR(6)
DR(7)

void
x86_hlt(void)
{

	HYPERVISOR_block();
}

/* Blocking lets events in, as sti does before hlt. */
void
x86_stihlt(void)
{

	HYPERVISOR_block();
}

/* Descriptors for tables and tasks are not for guests, nor is ring 0. */
static uint64_t
allowed(const union descriptor *d)
{

	if ((d->sd.sd_type & 0x10) == 0 || d->sd.sd_dpl == 0 || !d->sd.sd_p)
		return 0;
	return d->raw64;
}

static void
set_descriptor(unsigned int i, uint64_t d)
{
	vaddr_t va = (vaddr_t)&table[i];

	if (said[i] == d)
		return;
	said[i] = d;
	PV_MUST("a descriptor", HYPERVISOR_update_descriptor(pv_ma(va - KERNBASE) |
	    (va & PAGE_MASK), (uint32_t)d, (uint32_t)(d >> 32)));
}

/*
 * The kernel's tables stay memory like any other; this page is what the processor sees, and lgdt
 * brings it up to date.
 */
void	pv_lgdt(struct region_descriptor *);
void
pv_lgdt(struct region_descriptor *r)
{
	union descriptor *d = (union descriptor *)r->rd_base;
	unsigned int i, n = MIN((r->rd_limit + 1u) / sizeof(*d), GDT_ENTRIES);
	unsigned long frame;

	if (table_used) {
		for (i = 0; i < n; i++)
			set_descriptor(i, allowed(&d[i]));
		return;
	}
	for (i = 0; i < n; i++)
		table[i].raw64 = said[i] = allowed(&d[i]);
	frame = pv_ma((vaddr_t)table - KERNBASE) >> PAGE_SHIFT;
	PV_MUST("the descriptor table's protection",
	    pv_update_va((vaddr_t)table, ((uint64_t)frame << PAGE_SHIFT) | PTE_P | PTE_A));
	PV_MUST("the descriptor table", HYPERVISOR_set_gdt(&frame, GDT_ENTRIES));
	table_used = true;
}

/* One entry of the kernel's table has changed. */
void
pv_descriptor(union descriptor *d)
{
	union descriptor *gdt = cpu_info_primary.ci_gdt;

	if (gdt != NULL && d >= gdt && d < gdt + GDT_ENTRIES)
		set_descriptor(d - gdt, allowed(d));
}

/* Programs run on the default table, which is a page of its own; a private one is not known here. */
void
lldt(u_short sel)
{
	static bool used;
	struct mmuext_op op;

	if (used)
		return;
	op.cmd = MMUEXT_SET_LDT;
	op.arg1.linear_addr = (vaddr_t)ldtstore;
	op.arg2.nr_ents = PAGE_SIZE / sizeof(union descriptor);
	PV_MUST("the local table's protection", pv_update_va((vaddr_t)ldtstore,
	    PTE_BASE[pl1_i((vaddr_t)ldtstore)] & ~(uint64_t)PTE_W));
	PV_MUST("the local descriptor table", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
	used = true;
}

void
ltr(u_short sel)
{
}

/* The gates as traps; interrupt gates mask events. */
void
lidt(struct region_descriptor *r)
{
	static trap_info_t traps[257];
	struct gate_descriptor *g = (struct gate_descriptor *)r->rd_base;
	trap_info_t *t = traps;
	int i;

	for (i = 0; i < NIDT; i++, g++) {
		if (!g->gd_p || (g->gd_type != SDT_SYS386TGT && g->gd_type != SDT_SYS386IGT))
			continue;
		if (i >= 32 && i != 128)
			continue;
		t->vector = i;
		t->flags = g->gd_dpl | (g->gd_type == SDT_SYS386IGT ? 4 : 0);
		t->flags = ringone_trap_flags(i, t->flags, pv_features);
		t->cs = g->gd_selector;
		t->address = g->gd_looffset | (unsigned long)g->gd_hioffset << 16;
		if (i == 14 && (pv_features & RINGONE_FEATURE_CR2_FRAME))
			t->address = (unsigned long)pv_page;
		t++;
	}
	memset(t, 0, sizeof(*t));
	PV_MUST("the trap table", HYPERVISOR_set_trap_table(traps));
	PV_MUST("the callbacks", HYPERVISOR_set_callbacks(GSEL(GCODE_SEL, SEL_KPL),
	    (unsigned long)pv_upcall, GSEL(GCODE_SEL, SEL_KPL),
	    (unsigned long)pv_failsafe));
}

/* A program's segments; needed when it runs next. */
void
pv_segments(struct pcb *pcb)
{

	set_descriptor(GUFS_SEL, allowed((union descriptor *)&pcb->pcb_fsd));
	set_descriptor(GUGS_SEL, allowed((union descriptor *)&pcb->pcb_gsd));
}

/* A first domain has no store yet: an empty page is mapped where it would be. */
static uint64_t
store_frame(void)
{
	static char none[PAGE_SIZE] __aligned(PAGE_SIZE);

	if (xen_start_info.store_mfn == 0)
		return ((vaddr_t)none - KERNBASE) >> PAGE_SHIFT;
	return pv_pa(ptoa((uint64_t)xen_start_info.store_mfn)) >> PAGE_SHIFT;
}

/* Xen's drivers ask for their pages and ports as a fully virtualized guest's do. */
int
pv_hvm_op(int op, void *arg)
{
	struct xen_hvm_param *p = arg;

	if (op == HVMOP_set_param)
		return 0;
	if (op != HVMOP_get_param)
		return -1;
	switch (p->index) {
	case HVM_PARAM_STORE_PFN:
		p->value = store_frame();
		return 0;
	case HVM_PARAM_STORE_EVTCHN:
		p->value = xen_start_info.store_evtchn;
		return 0;
	case HVM_PARAM_CONSOLE_PFN:
		if (xendomain_is_dom0())
			return -1;
		p->value = pv_pa(ptoa((uint64_t)xen_start_info.console.domU.mfn)) >> PAGE_SHIFT;
		return 0;
	case HVM_PARAM_CONSOLE_EVTCHN:
		p->value = xen_start_info.console.domU.evtchn;
		return 0;
	default:
		return -1;
	}
}
