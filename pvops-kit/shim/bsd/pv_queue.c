/* SPDX-License-Identifier: MIT */
/*
 * What waits for the hypervisor: pages to clear and to copy, entries of page tables, operations on
 * tables and on the TLB, the next thread's stack and segments. All of it goes down in one call, in
 * that order.
 *
 * Entries are in order among themselves, so a frame may change from a page to a page table, or back,
 * while both stores wait. What may wait, and until when, is the port's to say: it sends all by
 * pv_flush(), and reads no entry that may wait (pv_queued()). Events are masked in here, since a
 * thread may be preempted wherever they are not. One processor.
 */
#include "../pvvar.h"

#define UPDATES 128
#define OPS     8
#define PAGES   6 /* more of them, and the whole TLB is flushed */
#define FRAME   0x000ffffffffff000ULL

unsigned int pv_waits;
unsigned int pv_ops;
int pv_removed;

static mmu_update_t update[UPDATES];
static volatile uint64_t *where[UPDATES];
static struct mmuext_op op[OPS], page_op[OPS];
static unsigned int updates, page_ops;
static unsigned int tlb_ops; /* those of `op` that are of the TLB only */
static int all_flushed;      /* by an operation that waits */
static unsigned long next_stack;
static const uint64_t *next_segment[2]; /* in %fs, in %gs */

static void put_call(multicall_entry_t *c, unsigned long nr, unsigned long a, unsigned long b,
		     unsigned long domain)
{
	c->op = nr;
	c->args[0] = a;
	c->args[1] = b;
	c->args[2] = 0;
	c->args[3] = domain;
}

static void send_all(void)
{
	static multicall_entry_t call[6];
	multicall_entry_t *c = call;
	unsigned int i;

	if (page_ops != 0)
		put_call(c++, __HYPERVISOR_mmuext_op, (unsigned long)page_op, page_ops, DOMID_SELF);
	if (updates != 0)
		put_call(c++, __HYPERVISOR_mmu_update, (unsigned long)update, updates, DOMID_SELF);
	if (pv_ops != 0)
		put_call(c++, __HYPERVISOR_mmuext_op, (unsigned long)op, pv_ops, DOMID_SELF);
	if (pv_waits & PV_WAIT_THREAD) {
		put_call(c++, __HYPERVISOR_stack_switch, GSEL(GDATA_SEL, SEL_KPL), next_stack, 0);
		c += pv_descriptor_call(c, GUFS_SEL, *next_segment[0]);
		c += pv_descriptor_call(c, GUGS_SEL, *next_segment[1]);
	}
	PV_MUST("a multicall", HYPERVISOR_multicall(call, c - call));
	for (i = 0; i < c - call; i++)
		if (call[i].result != 0)
			pv_die("a call of several", call[i].op << 16 | -call[i].result);
}

static void send_entries(void)
{
	char text[80];
	int done = 0;
	long rc = HYPERVISOR_mmu_update(update, updates, &done, DOMID_SELF);

	if (rc == 0)
		return;
	snprintf(text, sizeof(text), "the entry at %p, value 0x%llx,", (void *)where[done],
		 (unsigned long long)update[done].val);
	pv_die(text, rc);
}

/* Sends all of it, which is something. */
void pv_flush_waiting(void)
{
	char mask = pv_mask_events();

	if (pv_waits == PV_WAIT_ENTRIES)
		send_entries();
	else if (pv_waits == PV_WAIT_OPS)
		PV_MUST("mmuext", HYPERVISOR_mmuext_op(op, pv_ops, NULL, DOMID_SELF));
	else if (pv_waits != 0)
		send_all();
	updates = pv_ops = tlb_ops = page_ops = pv_waits = 0;
	all_flushed = pv_removed = 0;
	pv_unmask_events(mask);
}

/* @value, for the entry at @pte, wherever that is mapped. */
void pv_queue_update(volatile void *pte, uint64_t value)
{
	unsigned long va = (unsigned long)pte;
	char mask = pv_mask_events();
	mmu_update_t *u;

	if (updates == UPDATES)
		pv_flush_waiting();
	u = &update[updates];
	where[updates++] = pte;
	u->ptr = (PV_PTE(va) & FRAME) | (va & 0xff8) | MMU_NORMAL_PT_UPDATE;
	u->val = value;
	if (*(volatile uint64_t *)pte != 0)
		pv_removed = 1;
	pv_waits |= PV_WAIT_ENTRIES;
	pv_unmask_events(mask);
}

/* Whether something waits for the entry at @pte. */
int pv_queued(volatile void *pte)
{
	unsigned int i;

	for (i = 0; i < updates; i++)
		if (where[i] == pte)
			return 1;
	return 0;
}

static void put_op(unsigned int cmd, unsigned long arg)
{
	if (pv_ops == OPS)
		pv_flush_waiting();
	op[pv_ops].cmd = cmd;
	op[pv_ops++].arg1.linear_addr = arg; /* or the frame: they share the word */
	pv_waits |= PV_WAIT_OPS;
}

/* MMUEXT_*. What concerns the TLB only is left out where another operation that waits does it. */
void pv_queue_op(unsigned int cmd, unsigned long arg)
{
	char mask = pv_mask_events();
	int local = cmd == MMUEXT_INVLPG_LOCAL || cmd == MMUEXT_TLB_FLUSH_LOCAL;

	if (cmd == MMUEXT_INVLPG_LOCAL && tlb_ops == PAGES)
		cmd = MMUEXT_TLB_FLUSH_LOCAL;
	if (!local || !all_flushed) {
		if ((cmd == MMUEXT_TLB_FLUSH_LOCAL || cmd == MMUEXT_NEW_BASEPTR)) {
			if (tlb_ops == pv_ops)
				pv_ops = tlb_ops = 0;
			all_flushed = 1;
		}
		put_op(cmd, arg);
		tlb_ops += local;
	}
	pv_unmask_events(mask);
}

/* A page that nobody has mapped: it is cleared or copied before entries that may map it are written. */
void pv_queue_page(unsigned int cmd, unsigned long mfn, unsigned long from)
{
	char mask = pv_mask_events();

	if (page_ops == OPS || updates != 0)
		pv_flush_waiting();
	page_op[page_ops].cmd = cmd;
	page_op[page_ops].arg1.mfn = mfn;
	page_op[page_ops++].arg2.src_mfn = from;
	pv_waits |= PV_WAIT_PAGES;
	pv_unmask_events(mask);
}

/*
 * The thread that runs next: the stack on which it enters the kernel and its two segments, read when
 * they are sent. Needed when a program runs; another thread may take its place before that.
 */
void pv_queue_thread(unsigned long stack, const void *fs, const void *gs)
{
	next_stack = stack;
	next_segment[0] = fs;
	next_segment[1] = gs;
	pv_waits |= PV_WAIT_THREAD;
}
