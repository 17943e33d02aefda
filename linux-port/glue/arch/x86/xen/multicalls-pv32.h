/* SPDX-License-Identifier: MIT */
/* Part of multicalls.c: two calls that join what waits already. */
#include <linux/mm.h>
#include <asm/xen/page.h>
#include <ringone/abi.h>
#include "pv32.h"

bool pv32_queue_pte(pte_t *ptep, pte_t pte);

/*
 * One more store to a page table. False where none waits: then nothing was done. Page-table stores
 * wait in lazy mode only, and an interrupt, which must not join them, says so. Events are masked
 * while the two counts differ.
 */
bool pv32_queue_pte(pte_t *ptep, pte_t pte)
{
	struct mc_buffer *b;
	unsigned long frame;
	bool masked, room;
	u32 *u;

	if (in_interrupt())
		return false;
	masked = this_cpu_read(xen_vcpu_info.evtchn_upcall_mask);
	this_cpu_write(xen_vcpu_info.evtchn_upcall_mask, 1);
	barrier();
	b = this_cpu_ptr(&mc_buffer);
	room = b->mcidx && b->entries[b->mcidx - 1].op == __HYPERVISOR_mmu_update &&
	       b->argidx + sizeof(struct mmu_update) < MC_ARGS;
	if (room) {
		u = (u32 *)&b->args[b->argidx];
		frame = xen_p2m_addr[PFN_DOWN(__pa(ptep))];
		u[0] = frame << PAGE_SHIFT | offset_in_page(ptep);
		u[1] = frame >> (32 - PAGE_SHIFT);
		u[2] = pte.pte_low;
		u[3] = pte.pte_high;
		b->entries[b->mcidx - 1].args[1]++;
		b->argidx += sizeof(struct mmu_update);
	}
	barrier();
	if (!masked)
		xen_irq_enable_direct();
	return room;
}

/* The kernel stack of another task: with its page table, if just that waits. In a batch. */
void pv32_stack_switch(unsigned long sp0)
{
	struct mc_buffer *b = this_cpu_ptr(&mc_buffer);
	struct multicall_entry *e = b->entries;
	struct mmuext_op *op = (struct mmuext_op *)b->args;

	if (!pv32_switch_call || b->mcidx != 1 || e->op != __HYPERVISOR_mmuext_op ||
	    e->args[1] != 1 || op->cmd != MMUEXT_NEW_BASEPTR) {
		MULTI_stack_switch(__xen_mc_entry(0).mc, __KERNEL_DS, sp0);
		return;
	}
	e->op = RINGONE_HYPERCALL_SWITCH;
	e->args[0] = op->arg1.mfn;
	e->args[1] = __KERNEL_DS;
	e->args[2] = sp0;
}
