/* SPDX-License-Identifier: MIT */
/*
 * Tables of the processor that are the hypervisor's to set.
 */
#include "../pvvar.h"

#include <ringone/discover.h>

#define PAGE        4096
#define DESCRIPTORS (PAGE / 8)
#define PAGE_FAULT  14
#define SYSTEM_CALL 128

unsigned int pv_cr2;

/* The kernel's own table stays memory like any other; this page is what the processor sees. */
static uint64_t table[DESCRIPTORS] __attribute__((__aligned__(PAGE)));
static uint64_t said[DESCRIPTORS]; /* what was asked for: a limit may be cut off in the table */
static uint64_t table_ma;          /* where it is; 0: not in use yet */

void pv_force_upcall(void)
{
	(void)HYPERVISOR_xen_version(0, NULL); /* XENVER_version; any call would do */
}

unsigned int pv_fault_address(void)
{
	if (pv_features & RINGONE_FEATURE_CR2_FRAME)
		return pv_cr2;
	return HYPERVISOR_shared_info->vcpu_info[0].arch.cr2;
}

void pv_read_only(void *page)
{
	unsigned long va = (unsigned long)page;

	PV_MUST("a table's protection", pv_update_va(va, PV_PTE(va) & ~2ULL));
}

/*
 * Descriptors for tables and tasks are not for guests, nor is ring 0; nobody here needs them but for
 * their numbers. A segment of the kernel's that does not begin at 0 is the per-CPU data's: it ends
 * where the kernel's addresses do, since some reach through it farther than those.
 */
static uint64_t allowed(uint64_t d)
{
	unsigned int access = d >> 40 & 0xff, dpl = access >> 5 & 3;
	uint32_t base = (d >> 16 & 0xffffff) | (d >> 56) << 24, limit;

	if ((access & 0x90) != 0x90 || dpl == 0)
		return 0;
	if (dpl == 3 || base == 0)
		return d;
	limit = ((uint32_t)VM_MAX_KERNEL_ADDRESS - base) / PAGE - 1;
	d &= ~(0xfULL << 48 | 0xffffULL);
	return d | (limit & 0xffff) | (uint64_t)(limit >> 16 & 0xf) << 48 | 1ULL << 55;
}

/* Makes the call that sets descriptor @i; 0 where it needs none. */
int pv_descriptor_call(multicall_entry_t *c, unsigned int i, uint64_t d)
{
	uint64_t at = table_ma + i * 8;

	d = allowed(d);
	if (said[i] == d)
		return 0;
	said[i] = d;
	c->op = __HYPERVISOR_update_descriptor;
	c->args[0] = at;
	c->args[1] = at >> 32;
	c->args[2] = d;
	c->args[3] = d >> 32;
	return 1;
}

void pv_set_descriptor(unsigned int i, uint64_t d)
{
	multicall_entry_t c;

	if (!pv_descriptor_call(&c, i, d))
		return;
	PV_MUST("a multicall", HYPERVISOR_multicall(&c, 1));
	PV_MUST("a descriptor", (long)c.result);
}

/* Brings the processor's table up to date with the kernel's. */
void pv_load_gdt(const struct region_descriptor *r)
{
	const uint64_t *d = (const uint64_t *)(unsigned long)r->rd_base;
	unsigned int i, n = (r->rd_limit + 1u) / 8;
	unsigned long frame;

	if (n > DESCRIPTORS)
		n = DESCRIPTORS;
	if (table_ma != 0) {
		for (i = 0; i < n; i++)
			pv_set_descriptor(i, d[i]);
		return;
	}
	for (i = 0; i < n; i++)
		table[i] = said[i] = allowed(d[i]);
	table_ma = pv_machine(((unsigned long)table - KERNBASE) / PAGE);
	frame = table_ma / PAGE;
	pv_read_only(table);
	PV_MUST("the descriptor table", HYPERVISOR_set_gdt(&frame, DESCRIPTORS));
}

/* The one local table there is, the default one: whole pages of the kernel's. */
void pv_load_ldt(void *ldt, unsigned int entries)
{
	struct mmuext_op op;

	pv_read_only(ldt);
	op.cmd = MMUEXT_SET_LDT;
	op.arg1.linear_addr = (unsigned long)ldt;
	op.arg2.nr_ents = entries;
	PV_MUST("the local descriptor table", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

/*
 * The gates of exceptions and of system calls as traps; interrupt gates mask events. @change, where
 * there is one, has the last word about each. Interrupts are events.
 */
void pv_load_traps(const void *gates, void (*change)(trap_info_t *))
{
	static trap_info_t traps[34];
	const struct gate_descriptor *g = gates;
	trap_info_t *t = traps;
	unsigned int i;

	for (i = 0; i <= SYSTEM_CALL; i++) {
		if ((i >= 32 && i != SYSTEM_CALL) || !g[i].gd_p ||
		    (g[i].gd_type | 1) != SDT_SYS386TGT)
			continue;
		t->vector = i;
		t->flags = g[i].gd_dpl |
			   (g[i].gd_type == SDT_SYS386IGT ? RINGONE_TRAP_MASK_EVENTS : 0);
		t->flags = ringone_trap_flags(i, t->flags, pv_features);
		t->cs = g[i].gd_selector;
		t->address = g[i].gd_looffset | (unsigned long)g[i].gd_hioffset << 16;
		if (i == PAGE_FAULT && (pv_features & RINGONE_FEATURE_CR2_FRAME))
			t->address = (unsigned long)pv_page;
		if (change)
			change(t);
		t++;
	}
	t->address = 0;
	PV_MUST("the trap table", HYPERVISOR_set_trap_table(traps));
	PV_MUST("the callbacks",
		HYPERVISOR_set_callbacks(GSEL(GCODE_SEL, SEL_KPL), (unsigned long)pv_upcall,
					 GSEL(GCODE_SEL, SEL_KPL), (unsigned long)pv_failsafe));
}
