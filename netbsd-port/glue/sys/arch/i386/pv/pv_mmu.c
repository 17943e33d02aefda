/* SPDX-License-Identifier: MIT */
/*
 * Page tables: the kernel reads them where it always did and writes them here. Entries hold machine
 * addresses.
 *
 * Every address space has four second-level tables, as natively, and a root of its own on the page
 * behind them, in place of the one root of the processor whose entries are exchanged: a switch is
 * one call.
 */
#include "pvvar.h"

#include <sys/proc.h>

unsigned long *pv_m2p;
paddr_t pv_cr3_pa;		/* the root that is loaded, as the kernel counts frames */

/* Where pmap shows itself another address space's table, read-only; it is left open. */
void
pv_window(vaddr_t va, uint64_t pte)
{

	pv_flush();
	PV_MUST("a window", pv_update_va(va, pte));
}

void
pv_zero_page(paddr_t pa)
{

	pv_queue_page(MMUEXT_CLEAR_PAGE, pv_ma(pa) >> PAGE_SHIFT, 0);
}

void
pv_copy_page(paddr_t from, paddr_t to)
{

	pv_queue_page(MMUEXT_COPY_PAGE, pv_ma(to) >> PAGE_SHIFT, pv_ma(from) >> PAGE_SHIFT);
}

/* A page of the hypervisor's or of another domain's, into the kernel: a table of grants. */
void
pmap_kenter_ma(vaddr_t va, paddr_t ma, vm_prot_t prot, u_int flags)
{

	pv_flush();
	PV_MUST("a foreign page", pv_update_va(va, ma | PTE_P | PTE_A |
	    (prot & VM_PROT_WRITE ? PTE_W | PTE_D : 0)));
}

/* What others know a mapped page by. */
bool
pmap_extract_ma(struct pmap *pmap, vaddr_t va, paddr_t *ma)
{
	paddr_t pa;

	if (!pmap_extract(pmap, va, &pa))
		return false;
	*ma = pv_ma(pa) | (pa & PAGE_MASK);
	return true;
}

/*
 * pmap's own discipline decides what waits: between pmap_map_ptes() and pmap_unmap_ptes() nothing is
 * read that was written there; what only adds mappings waits until pmap_update(), as the interface
 * allows. Nothing waits longer than its thread runs: a switch and a return from the kernel send all
 * of it, and a fault of the kernel on what still waits sends it and tries again (pv_entry.S).
 * Batches begin with preemption off, and end before it is on again.
 */
unsigned int pv_depth;

/* What only adds waits on. */
void
pv_batch_end(void)
{

	if (--pv_depth == 0 && (pv_removed || pv_ops != 0))
		pv_flush();
}

static void
tlb(unsigned int cmd, vaddr_t va)
{

	pv_queue_op(cmd, va);
	if (pv_depth == 0)
		pv_flush();
}

void
invlpg(vaddr_t va)
{

	tlb(MMUEXT_INVLPG_LOCAL, va);
}

void
tlbflush(void)
{

	tlb(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

void
tlbflushg(void)
{

	tlbflush();
}

/* Waits for pmap_pte_flush(). */
void
pv_pte_set(volatile uint64_t *pte, uint64_t value)
{

	pv_queue_update(pte, value);
}

/*
 * One processor: nobody but the processor itself writes an entry meanwhile, and that only while it
 * runs what the entry maps.
 */
uint64_t
pv_pte_swap(volatile uint64_t *pte, uint64_t value)
{
	uint64_t old = *pte;

	if (old != value) {
		pv_queue_update(pte, value);
		if (pv_depth == 0)
			pv_flush();
	}
	return old;
}

uint64_t
pv_pte_cas(volatile uint64_t *pte, uint64_t old, uint64_t value)
{
	uint64_t now = *pte;

	if (now == old)
		(void)pv_pte_swap(pte, value);
	return now;
}

/* A mapping that pmap_update() makes true; one that replaces another is at once. */
uint64_t
pv_pte_enter(volatile uint64_t *pte, uint64_t value)
{
	uint64_t old = pv_pte_read(pte);

	pv_queue_update(pte, value);
	if (old != 0 && pv_depth == 0)
		pv_flush();
	return old;
}

void
pv_copy_entries(uint64_t *to, const uint64_t *from, size_t n)
{

	while (n-- > 0)
		(void)pv_pte_swap(to++, *from++);
}

static void
mmuext(unsigned int cmd, unsigned long mfn)
{

	pv_queue_op(cmd, mfn);
	pv_flush();
}

static void
protect(uint64_t *pdir, bool writable)
{
	vaddr_t va = (vaddr_t)pdir;
	uint64_t pte;
	int i;

	for (i = 0; i <= PDP_SIZE; i++, va += PAGE_SIZE) {
		pte = PTE_BASE[pl1_i(va)];
		pte = writable ? pte | PTE_W : pte & ~(uint64_t)PTE_W;
		PV_MUST("a directory's protection", pv_update_va(va, pte));
	}
}

/*
 * @pdir is complete: its root is made, and all five are checked once and read-only from now on. The
 * slot that shows the last one is filled when that is known for what it is.
 */
void
pv_pin(uint64_t *pdir)
{
	uint64_t *root = pdir + PDP_SIZE * 512, *last = &pdir[PDIR_SLOT_PTE + PDP_SIZE - 1];
	uint64_t shown = *last;
	int i;

	pv_flush();
	*last = 0;
	memset(root, 0, PAGE_SIZE);
	for (i = 0; i < PDP_SIZE; i++)
		root[i] = (PTE_BASE[pl1_i((vaddr_t)(pdir + i * 512))] & PTE_FRAME) | PTE_P;
	protect(pdir, false);
	mmuext(MMUEXT_PIN_L3_TABLE, (PTE_BASE[pl1_i((vaddr_t)root)] & PTE_FRAME) >> PAGE_SHIFT);
	(void)pv_pte_swap(last, shown);
}

void
pv_unpin(uint64_t *pdir)
{
	uint64_t *root = pdir + PDP_SIZE * 512;

	mmuext(MMUEXT_UNPIN_TABLE, (PTE_BASE[pl1_i((vaddr_t)root)] & PTE_FRAME) >> PAGE_SHIFT);
	protect(pdir, true);
}

void
pv_load_pmap(struct pmap *pmap)
{
	uint64_t *root = pmap->pm_pdir + PDP_SIZE * 512;

	curcpu()->ci_pae_l3_pdir = root;
	lcr3(pv_pa(PTE_BASE[pl1_i((vaddr_t)root)]));
}

void
lcr3(cpureg_t root)
{

	pv_cr3_pa = root;
	pv_queue_op(MMUEXT_NEW_BASEPTR, pv_ma(root) >> PAGE_SHIFT);
	pv_flush();
}

cpureg_t
rcr3(void)
{

	return pv_cr3_pa;
}

/* The part of cpu_switchto() that is the hypervisor's: needed when a program runs next. */
void
pv_switch(struct pcb *pcb)
{

	if (pv_waits & ~PV_WAIT_THREAD)
		pv_flush();
	pv_queue_thread(pcb->pcb_esp0, &pcb->pcb_fsd, &pcb->pcb_gsd);
}
