/* SPDX-License-Identifier: MIT */
/*
 * Registers and tables of the processor that are the hypervisor's to set.
 */
#include "pvvar.h"

#include <machine/cpufunc.h>
#include <machine/pcb.h>

#include <ringone/discover.h>

register_t pv_cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_MP;
register_t pv_cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

/* Where descriptors are before there is memory to allocate. */
union descriptor pv_first_gdt[NGDT];

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
		regs[2] &= ~PV_NOT_ECX;
		regs[3] &= ~PV_NOT_EDX;
	} else if (leaf == 7)
		regs[0] = regs[1] = regs[2] = regs[3] = 0;
	else if (leaf == 0x80000001)
		regs[3] &= ~(CPUID_NOX | CPUID_SYSCALL);
}

void
lcr0(cpureg_t cr0)
{

	pv_set_ts((cr0 & CR0_TS) != 0);
	pv_cr0 = cr0;
}

cpureg_t
rcr0(void)
{

	return pv_cr0;
}

void
lcr2(cpureg_t cr2)
{

	HYPERVISOR_shared_info->vcpu_info[0].arch.cr2 = pv_cr2 = cr2;
}

cpureg_t
rcr2(void)
{

	return pv_fault_address();
}

void
stts(void)
{

	pv_set_ts(1);
}

/* Debug registers. */
#define	DR(n)									\
void ldr##n(cpureg_t v) { HYPERVISOR_set_debugreg(n, v); }			\
cpureg_t rdr##n(void) { return HYPERVISOR_get_debugreg(n); }
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

void	pv_lgdt(struct region_descriptor *);
void
pv_lgdt(struct region_descriptor *r)
{

	pv_load_gdt(r);
}

/* One entry of the kernel's table has changed. */
void
pv_descriptor(union descriptor *d)
{
	union descriptor *gdt = cpu_info_primary.ci_gdt;

	if (gdt != NULL && d >= gdt && d < gdt + PAGE_SIZE / sizeof(*d))
		pv_set_descriptor(d - gdt, d->raw64);
}

/* Programs run on the default table, which is a page of its own; a private one is not known here. */
void
lldt(u_short sel)
{
	static bool used;

	if (used)
		return;
	pv_load_ldt(pv_local_table(), PAGE_SIZE / sizeof(union descriptor));
	used = true;
}

void
ltr(u_short sel)
{
}

/* What lets events in first of all begins with events let in. */
static void
unmask(trap_info_t *t)
{

	if (t->vector == 128 || t->address == (unsigned long)pv_page)
		t->flags &= ~RINGONE_TRAP_MASK_EVENTS;
}

void
lidt(struct region_descriptor *r)
{

	pv_load_traps((void *)r->rd_base, unmask);
}
