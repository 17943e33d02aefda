/* SPDX-License-Identifier: MIT */
/*
 * What waits for the hypervisor: entries of page tables, operations on tables and on the TLB, and
 * other calls. All of it goes down in one call, in this order.
 *
 * Stores are in order among themselves. So a frame that was mapped writable may be made a page table,
 * or the other way round, while both stores wait. Nothing waits longer than its thread runs: a
 * switch sends all of it.
 *
 * A batch belongs to the thread that opened it. While that thread runs, pv_pte_store() only
 * queues; another thread's stores go at once, and if it opens a batch of its own, the first one is
 * over: that costs calls, never correctness. Events are masked in here, since a thread may be
 * preempted wherever they are not.
 */
#include <i386/pv/pvvar.h>

#define	UPDATES	128
#define	OPS	8
#define	PAGES	4	/* more of them, and the whole TLB is flushed */

static mmu_update_t update[UPDATES];
static struct mmuext_op op[OPS];
static multicall_entry_t call[2 + 4];	/* the first two are for the updates and the operations */
static u_int updates, ops, calls;
static int all_flushed;			/* by an operation that waits */
static struct thread *owner;
static u_int depth;

static void
put_call(multicall_entry_t *c, u_long number, u_long a, u_long b, u_long d, u_long e)
{

	c->op = number;
	c->args[0] = a;
	c->args[1] = b;
	c->args[2] = d;
	c->args[3] = e;
}

/* Sends all that waits. */
void
pv_flush(void)
{
	register_t flags = intr_disable();
	u_int i, first = 2, n = calls;

	if (n == 0 && ops == 0 && updates != 0) {
		PV_MUST("entries", HYPERVISOR_mmu_update(update, updates, NULL, DOMID_SELF));
	} else if (n == 0 && updates == 0 && ops != 0) {
		PV_MUST("mmuext", HYPERVISOR_mmuext_op(op, ops, NULL, DOMID_SELF));
	} else if (n + ops != 0) {
		if (ops != 0)
			put_call(&call[--first], __HYPERVISOR_mmuext_op, (u_long)op, ops, 0,
			    DOMID_SELF);
		if (updates != 0)
			put_call(&call[--first], __HYPERVISOR_mmu_update, (u_long)update, updates,
			    0, DOMID_SELF);
		n += 2 - first;
		PV_MUST("a multicall", HYPERVISOR_multicall(&call[first], n));
		for (i = first; i < first + n; i++)
			if (call[i].result != 0)
				pv_die("a call of several", call[i].op << 16 | -call[i].result);
	}
	updates = ops = calls = 0;
	all_flushed = 0;
	intr_restore(flags);
}

void
pv_queue_update(uint64_t entry, uint64_t value)
{
	register_t flags = intr_disable();

	if (updates == UPDATES)
		pv_flush();
	update[updates].ptr = entry | MMU_NORMAL_PT_UPDATE;
	update[updates++].val = value;
	intr_restore(flags);
}

void
pv_queue_mmuext(u_int cmd, u_long arg)
{
	register_t flags = intr_disable();

	if (ops == OPS)
		pv_flush();
	op[ops].cmd = cmd;
	op[ops++].arg1.linear_addr = arg;
	if (cmd == MMUEXT_TLB_FLUSH_LOCAL)
		all_flushed = 1;
	intr_restore(flags);
}

void
pv_queue_call(u_long number, u_long a, u_long b, u_long c, u_long d)
{
	register_t flags = intr_disable();

	if (calls == nitems(call) - 2)
		pv_flush();
	put_call(&call[2 + calls++], number, a, b, c, d);
	intr_restore(flags);
}

int
pv_batching(void)
{

	return (owner != NULL && owner == curthread);
}

void
pv_batch_begin(void)
{

	if (owner == curthread) {
		depth++;
	} else {
		owner = curthread;
		depth = 1;
	}
}

void
pv_batch_end(void)
{

	if (owner == curthread && --depth != 0)
		return;
	if (owner == curthread)
		owner = NULL;
	pv_flush();
}

/* Translations, forgotten when the queue goes; the entries they come from may wait as well. */
void
pv_invlpg_later(vm_offset_t va)
{

	if (!all_flushed)
		pv_queue_mmuext(ops < PAGES ? MMUEXT_INVLPG_LOCAL : MMUEXT_TLB_FLUSH_LOCAL, va);
}

void
pv_invlpg(u_int va)
{

	pv_invlpg_later(va);
	/* of a program's page table, which its batch does not read again */
	if (!pv_batching() || va < VM_MAXUSER_ADDRESS || va >= KERNBASE)
		pv_flush();
}

void
pv_invlpg_range(vm_offset_t start, vm_offset_t end)
{

	for (; start < end; start += PAGE_SIZE)
		pv_invlpg_later(start);
	pv_flush();
}

void
pv_invltlb(void)
{

	if (!all_flushed)
		pv_queue_mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	pv_flush();
}

/* The next address space: it is loaded with what else a switch needs. */
void	pv_next_cr3(u_int cr3);
void
pv_next_cr3(u_int cr3)
{

	pv_cr3 = cr3;
	pv_queue_mmuext(MMUEXT_NEW_BASEPTR, atop(cr3));
}

void
pv_load_cr3(u_int cr3)
{

	if (cr3 != pv_cr3)
		pv_next_cr3(cr3);
	else
		pv_queue_mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	pv_flush();
}
