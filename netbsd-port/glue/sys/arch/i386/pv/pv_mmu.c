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

#define	M2P	((unsigned long *)pv_m2p)

unsigned long pv_m2p;		/* where the table is readable */
paddr_t pv_cr3_pa;		/* the root that is loaded, as the kernel counts frames */

static void
find_m2p(void)
{
	struct xen_machphys_mapping m;

	if (HYPERVISOR_memory_op(XENMEM_machphys_mapping, &m) != 0)
		pv_die("the table of frames", 0);
	pv_m2p = m.v_start;
}

/* Frames that are not the domain's stay as they are: the machine's, of a first domain. */
uint64_t
pv_ma(uint64_t pa)
{

	if (atop(pa) >= pv_frames)
		return pa & ~(uint64_t)PAGE_MASK;
	return (uint64_t)pv_p2m[atop(pa)] << PAGE_SHIFT;
}

uint64_t
pv_pa(uint64_t ma)
{
	unsigned long pfn;

	if (pv_m2p == 0)
		find_m2p();
	pfn = M2P[(ma & PTE_FRAME) >> PAGE_SHIFT];
	return (uint64_t)pfn << PAGE_SHIFT;
}

/* Machine address of an entry, wherever it is mapped. */
static uint64_t
entry_address(volatile void *at)
{
	vaddr_t va = (vaddr_t)at;

	return (PTE_BASE[pl1_i(va)] & PTE_FRAME) | (va & PAGE_MASK);
}

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

static void
store(volatile uint64_t *pte, uint64_t value)
{

	pv_queue_update(pte, entry_address(pte), value);
}

/* Waits for pmap_pte_flush(). */
void
pv_pte_set(volatile uint64_t *pte, uint64_t value)
{

	store(pte, value);
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
		store(pte, value);
		if (!pv_batching())
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

	store(pte, value);
	if (old != 0 && !pv_batching())
		pv_flush();
	return old;
}

uint64_t
pv_pte_read(volatile uint64_t *pte)
{

	if (pv_waits != 0 && pv_queued(pte))
		pv_flush();
	return *pte;
}

void
pv_copy_entries(uint64_t *to, const uint64_t *from, size_t n)
{

	while (n-- > 0)
		(void)pv_pte_swap(to++, *from++);
}

static void
mmuext(unsigned int cmd, unsigned long arg)
{
	struct mmuext_op op;

	pv_flush();
	op.cmd = cmd;
	op.arg1.linear_addr = arg;
	PV_MUST("mmuext", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
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
lcr3(register_t root)
{

	pv_cr3_pa = root;
	pv_queue_root(pv_ma(root) >> PAGE_SHIFT);
}

register_t
rcr3(void)
{

	return pv_cr3_pa;
}
