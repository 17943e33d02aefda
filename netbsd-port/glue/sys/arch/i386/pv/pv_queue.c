/* SPDX-License-Identifier: MIT */
/*
 * What waits for the hypervisor: pages to clear and to copy, entries of page tables, operations on the
 * TLB, the next stack and the next thread's segments. All of it goes down in one call, in that order.
 *
 * pmap's own discipline decides when: between pmap_map_ptes() and pmap_unmap_ptes() nothing is read
 * that was written there, so stores wait; what only adds mappings waits until pmap_update(), as the
 * interface allows. Nothing waits longer than its thread runs: a switch and a return from the
 * kernel send all of it, and a fault of the kernel on what still waits sends it and tries again
 * (pv_entry.S). Entries are in order among themselves, so a frame may change from a page to a page
 * table inside the queue.
 */
#include "pvvar.h"

#include <machine/pcb.h>

#define	UPDATES	128
#define	OPS	8
#define	PAGES	6	/* more of them, and the whole TLB is flushed */

static mmu_update_t update[UPDATES];
static volatile uint64_t *where[UPDATES];
static struct mmuext_op op[OPS], page_op[OPS];
static multicall_entry_t call[4];
static unsigned int updates, ops, page_ops, depth;
static bool all_flushed, removed;
static vaddr_t next_stack;
static struct pcb *next_pcb;
unsigned int pv_waits;		/* anything of that */

static void
put_call(unsigned int i, unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d)
{

	call[i].op = nr;
	call[i].args[0] = a;
	call[i].args[1] = b;
	call[i].args[2] = c;
	call[i].args[3] = d;
}

static void
send_all(void)
{
	unsigned int i, n = 0;

	if (page_ops != 0)
		put_call(n++, __HYPERVISOR_mmuext_op, (unsigned long)page_op, page_ops, 0,
		    DOMID_SELF);
	if (updates != 0)
		put_call(n++, __HYPERVISOR_mmu_update, (unsigned long)update, updates, 0,
		    DOMID_SELF);
	if (ops != 0)
		put_call(n++, __HYPERVISOR_mmuext_op, (unsigned long)op, ops, 0, DOMID_SELF);
	if (next_stack != 0)
		put_call(n++, __HYPERVISOR_stack_switch, GSEL(GDATA_SEL, SEL_KPL), next_stack, 0, 0);
	PV_MUST("a multicall", HYPERVISOR_multicall(call, n));
	for (i = 0; i < n; i++)
		if (call[i].result != 0)
			pv_die("a call of several", call[i].op << 16 | -call[i].result);
}

static void
send_entries(void)
{
	char text[80];
	int done = 0;
	long rc = HYPERVISOR_mmu_update(update, updates, &done, DOMID_SELF);

	if (rc == 0)
		return;
	snprintf(text, sizeof(text), "the entry at %p, value 0x%llx,", where[done],
	    (unsigned long long)update[done].val);
	pv_die(text, rc);
}

void
pv_flush_waiting(void)
{
	char mask = pv_mask_events();

	if (ops + page_ops == 0 && next_stack == 0 && updates != 0)
		send_entries();
	else if (updates + ops + page_ops != 0 || next_stack != 0)
		send_all();
	if (next_pcb != NULL)
		pv_segments(next_pcb);
	updates = ops = page_ops = pv_waits = 0;
	all_flushed = removed = false;
	next_stack = 0;
	next_pcb = NULL;
	pv_unmask_events(mask);
}

void
pv_queue_update(volatile uint64_t *pte, uint64_t ma, uint64_t value)
{
	char mask = pv_mask_events();

	if (updates == UPDATES)
		pv_flush_waiting();
	where[updates] = pte;
	update[updates].ptr = ma | MMU_NORMAL_PT_UPDATE;
	update[updates++].val = value;
	if (*pte != 0)
		removed = true;
	pv_waits = 1;
	pv_unmask_events(mask);
}

/* Whether something waits for the entry at @pte. */
bool
pv_queued(volatile uint64_t *pte)
{
	unsigned int i;

	for (i = 0; i < updates; i++)
		if (where[i] == pte)
			return true;
	return false;
}

static void
queue_op(unsigned int cmd, unsigned long arg)
{
	char mask = pv_mask_events();

	if (!all_flushed) {
		if (ops == PAGES)
			cmd = MMUEXT_TLB_FLUSH_LOCAL;
		if (cmd == MMUEXT_TLB_FLUSH_LOCAL) {
			ops = 0;
			all_flushed = true;
		}
		op[ops].cmd = cmd;
		op[ops++].arg1.linear_addr = arg;
		pv_waits = 1;
	}
	pv_unmask_events(mask);
}

/* A page that nobody has mapped: it is cleared or copied before entries that may map it are written. */
void
pv_queue_page(unsigned int cmd, unsigned long mfn, unsigned long from)
{
	char mask = pv_mask_events();

	if (page_ops == OPS || updates != 0)
		pv_flush_waiting();
	page_op[page_ops].cmd = cmd;
	page_op[page_ops].arg1.mfn = mfn;
	page_op[page_ops++].arg2.src_mfn = from;
	pv_waits = 1;
	pv_unmask_events(mask);
}

void
invlpg(vaddr_t va)
{

	queue_op(MMUEXT_INVLPG_LOCAL, va);
	if (depth == 0)
		pv_flush();
}

void
tlbflush(void)
{

	queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	if (depth == 0)
		pv_flush();
}

void
tlbflushg(void)
{

	tlbflush();
}

/* The address space at frame @mfn, with all that waits. */
void
pv_queue_root(unsigned long mfn)
{
	char mask = pv_mask_events();

	ops = 0;
	op[ops].cmd = MMUEXT_NEW_BASEPTR;
	op[ops++].arg1.mfn = mfn;
	all_flushed = true;
	pv_waits = 1;
	pv_flush_waiting();
	pv_unmask_events(mask);
}

/* Batches begin with preemption off, and end before it is on again. */
void
pv_batch_begin(void)
{

	depth++;
}

/* What only adds waits on. */
void
pv_batch_end(void)
{

	if (--depth == 0 && (removed || ops != 0))
		pv_flush();
}

bool
pv_batching(void)
{

	return depth != 0;
}

/* The part of cpu_switchto() that is the hypervisor's: needed when a program runs next. */
void
pv_switch(struct pcb *pcb)
{

	if (updates + ops + page_ops != 0)
		pv_flush();
	next_stack = pcb->pcb_esp0;
	next_pcb = pcb;
	pv_waits = 1;
}
