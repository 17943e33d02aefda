/* SPDX-License-Identifier: MIT */
/* Part of multicalls.c: two calls that join what waits already. */
#include <linux/mm.h>
#include <asm/xen/page.h>
#include "pv32.h"

/*
 * The run that the last call of a batch ends with (RINGONE_HYPERCALL_RUNS): where its second value lies
 * in the arguments, or 0, and how far from its place in the table each value lies while one may join.
 */
static DEFINE_PER_CPU(unsigned int, pv32_run_start);
static DEFINE_PER_CPU(unsigned long, pv32_run_distance);

/* Before another call or element, and with the batch: how many values and bytes there were. */
static void pv32_run_ends(struct mc_buffer *b)
{
	struct multicall_entry *e = &b->entries[b->mcidx - 1];
	unsigned int start = this_cpu_read(pv32_run_start);

	if (start && b->mcidx) {
		*(u16 *)&b->args[start - 10] = (b->argidx - start) / sizeof(pte_t);
		e->args[1] = (unsigned long)&b->args[b->argidx] - e->args[0];
	}
	this_cpu_write(pv32_run_start, 0);
	this_cpu_write(pv32_run_distance, 1); /* no place in a table has it */
}

/* Behind an element. A run lies within 32 entries: the hypervisor looks up between them. */
static inline void pv32_run_begins(pte_t *ptep, unsigned int start)
{
	unsigned int rest = -(unsigned long)(ptep + 1) % (32 * sizeof(*ptep));

	this_cpu_write(pv32_run_start, start);
	if (rest && start + rest < MC_ARGS)
		this_cpu_write(pv32_run_distance, (unsigned long)(ptep + 1) - start);
}

/* In lazy mode: the first element of a call that takes runs; false where there is no such call. */
bool pv32_first_element(pte_t *ptep, const struct mmu_update *u)
{
	struct multicall_space first;

	/* Until then not every table is in use as one. */
	if (!pv32_runs || pv_ops.mmu.set_pte != pv32_set_pte)
		return false;
	first = __xen_mc_entry(sizeof(*u));
	first.mc->op = __HYPERVISOR_arch_5;
	first.mc->args[0] = (unsigned long)first.args;
	*(struct mmu_update *)first.args = *u;
	pv32_run_begins(ptep, this_cpu_read(mc_buffer.argidx));
	return true;
}

/*
 * A store to a page table that continues no run: one more element of the call, if there is one. What an
 * interrupt does in between sends the batch away, and the exchange fails. A table that is not pinned, a
 * new process's, is memory like any other.
 */
static noinline void pv32_set_elsewhere(pte_t *ptep, pte_t pte)
{
	struct mc_buffer *b = this_cpu_ptr(&mc_buffer);
	unsigned int at = b->argidx, end = at + sizeof(struct mmu_update);

	if (!PagePinned(virt_to_page(ptep))) {
		native_set_pte(ptep, pte);
		return;
	}
	if (this_cpu_read(pv32_run_start) && end < MC_ARGS && !in_interrupt()) {
		pv32_run_ends(b);
		*(struct mmu_update *)&b->args[at] = (struct mmu_update){ virt_to_machine(ptep).maddr, pte.pte };
		barrier();
		pv32_run_begins(ptep, end);
		if (this_cpu_cmpxchg(mc_buffer.argidx, at, end) == at)
			return;
	}
	xen_set_pte(ptep, pte);
}

/*
 * A store to a page table. Behind the one before it, it is one more value of a run, as above. No interrupt
 * stores into what lies behind a run.
 */
void pv32_set_pte(pte_t *ptep, pte_t pte)
{
	unsigned int at = this_cpu_read(mc_buffer.argidx);

	if (this_cpu_read(pv32_run_distance) + at == (unsigned long)ptep &&
	    (unsigned long)ptep % (32 * sizeof(pte))) {
		*(pte_t *)&this_cpu_ptr(&mc_buffer)->args[at] = pte;
		if (this_cpu_cmpxchg(mc_buffer.argidx, at, at + sizeof(pte)) == at)
			return;
	}
	pv32_set_elsewhere(ptep, pte);
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
