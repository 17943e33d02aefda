/* SPDX-License-Identifier: MIT */
/* Part of multicalls.c: two calls that join what waits already. */
#include <linux/mm.h>
#include <asm/xen/page.h>
#include "pv32.h"

/*
 * A store to a page table. One that is not pinned, a new process's, is memory like any other. Else it
 * is one more of a batch, if some wait: they do in lazy mode only. An interrupt must not join those of
 * what it interrupted.
 */
void pv32_set_pte(pte_t *ptep, pte_t pte)
{
	unsigned long frame = xen_p2m_addr[PFN_DOWN(__pa(ptep))];
	struct multicall_entry *e;
	struct mc_buffer *b;

	if (!PagePinned(virt_to_page(ptep))) {
		native_set_pte(ptep, pte);
		return;
	}
	if (!in_interrupt() && !this_cpu_read(xen_vcpu_info.evtchn_upcall_mask)) {
		this_cpu_write(xen_vcpu_info.evtchn_upcall_mask, 1); /* while two counts differ */
		barrier();
		b = this_cpu_ptr(&mc_buffer);
		e = &b->entries[b->mcidx - 1];
		/* Sixteen bytes each: where, and what. */
		if (b->mcidx && e->op == __HYPERVISOR_mmu_update && b->argidx + 16 < MC_ARGS) {
			u32 *u = (u32 *)&b->args[b->argidx];

			u[0] = frame << PAGE_SHIFT | ((unsigned long)ptep & ~PAGE_MASK);
			u[1] = frame >> (32 - PAGE_SHIFT);
			*(pte_t *)&u[2] = pte;
			b->argidx += 16;
			e->args[1]++;
			xen_irq_enable_direct();
			return;
		}
		xen_irq_enable_direct();
	}
	xen_set_pte(ptep, pte);
}

/*
 * The kernel stack of another task, in a batch: with its page table, if just that waits, by the call
 * that does both (RINGONE_HYPERCALL_SWITCH).
 */
void pv32_stack_switch(unsigned long sp0)
{
	struct mc_buffer *b = this_cpu_ptr(&mc_buffer);
	struct mmuext_op *op = (struct mmuext_op *)b->args;

	if (pv32_switch_call && b->mcidx == 1 && b->entries[0].op == __HYPERVISOR_mmuext_op &&
	    b->entries[0].args[1] == 1 && op->cmd == MMUEXT_NEW_BASEPTR)
		b->entries[0] = (struct multicall_entry){
			.op = __HYPERVISOR_arch_6, .args = { op->arg1.mfn, __KERNEL_DS, sp0 } };
	else
		MULTI_stack_switch(__xen_mc_entry(0).mc, __KERNEL_DS, sp0);
}
