/* SPDX-License-Identifier: MIT */
/*
 * Stores into page tables. The kernel reads its tables where it always did and writes them here.
 *
 * A store waits in a queue until something has to be seen: see bsd/pv_queue.c. So nothing here may read
 * an entry that still waits. Where the kernel reads back what it wrote, it says pv_pte_now(); where
 * it does not, a batch may be open, and which functions those are is rule 45's.
 */
#include <i386/pv/pvvar.h>

#include <machine/vmparam.h>

/*
 * A batch belongs to the thread that opened it. While that thread runs, pv_pte_store() only
 * queues; another thread's stores go at once, and if it opens a batch of its own, the first one is
 * over: that costs calls, never correctness. A switch sends all of it.
 */
static struct thread *owner;
static u_int depth;

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

/* Goes with whatever goes next: the entry is not used before that. */
void
pv_pte_later(volatile void *pte, uint64_t value)
{

	pv_queue_update(pte, value);
}

/* Goes at once, and so does everything before it. */
void
pv_pte_now(volatile void *pte, uint64_t value)
{

	pv_pte_later(pte, value);
	pv_flush();
}

/* Goes at once, or with its batch. */
void
pv_pte_store(volatile void *pte, uint64_t value)
{

	pv_pte_later(pte, value);
	if (!pv_batching())
		pv_flush();
}

/*
 * One processor, and the caller holds the lock of what it changes: nobody but the processor itself
 * writes an entry meanwhile, and that only while it runs what the entry maps.
 */
uint64_t
pv_pte_load_store(volatile void *pte, uint64_t value)
{
	uint64_t old = *(volatile uint64_t *)pte;

	pv_pte_store(pte, value);
	return (old);
}

void
pv_pte_clear_bits(volatile void *pte, u_int bits)
{

	pv_pte_store(pte, *(volatile uint64_t *)pte & ~(uint64_t)bits);
}

void
pv_pte_set_bits(volatile void *pte, u_int bits)
{

	pv_pte_store(pte, *(volatile uint64_t *)pte | bits);
}

/* @old and @value may be the low halves only. */
int
pv_pte_cmpset(volatile void *pte, uint64_t old, uint64_t value)
{
	uint64_t now = *(volatile uint64_t *)pte;

	if ((uint32_t)now != (uint32_t)old)
		return (0);
	pv_pte_store(pte, (now & ~0xffffffffULL) | value);
	return (1);
}

/*
 * Completes the four directories at @pdir and their root @pdpt, each mapped writable and filled
 * but for what names the directories, and has them checked once. They are read-only after this.
 */
void
pv_pin(pd_entry_t *pdir, pdpt_entry_t *pdpt)
{
	vm_paddr_t root = vtophys(pdpt);
	pt_entry_t *pte = vtopte((vm_offset_t)pdir);
	pt_entry_t *root_pte = vtopte((vm_offset_t)pdpt);
	u_int i;

	for (i = 0; i < NPGPTD; i++) {
		uint64_t pa = pte[i] & PG_FRAME;

		pdir[PTDPTDI + i] = (i == NPGPTD - 1 ? pv_kpt : pa) | PG_V | PG_A;
		pdpt[i] = pa | PG_V;
		pv_pte_later(&pte[i], pte[i] & ~(uint64_t)PG_RW);
	}
	pv_pte_later(root_pte, *root_pte & ~(uint64_t)PG_RW);
	pv_queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	pv_queue_op(MMUEXT_PIN_L3_TABLE, atop(root));
	pv_flush();
}

/* The caller takes the directories' mappings away next. */
void
pv_unpin(pdpt_entry_t *pdpt)
{
	pt_entry_t *root_pte = vtopte((vm_offset_t)pdpt);

	pv_queue_op(MMUEXT_UNPIN_TABLE, atop(vtophys(pdpt)));
	pv_flush();
	pv_pte_later(root_pte, *root_pte | PG_RW);
	pv_invlpg_later((vm_offset_t)pdpt);
}

/* Translations, forgotten when the queue goes; the entries they come from may wait as well. */
void
pv_invlpg_later(vm_offset_t va)
{

	pv_queue_op(MMUEXT_INVLPG_LOCAL, va);
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

	pv_queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	pv_flush();
}

/* The next address space: it is loaded with what else a switch needs. */
void	pv_next_cr3(u_int cr3);
void
pv_next_cr3(u_int cr3)
{

	pv_cr3 = cr3;
	pv_queue_op(MMUEXT_NEW_BASEPTR, atop(cr3));
}

void
pv_load_cr3(u_int cr3)
{

	if (cr3 != pv_cr3)
		pv_next_cr3(cr3);
	else
		pv_queue_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	pv_flush();
}

#define	KEPT	8	/* address spaces, of 16 KiB each */

static u_int kept;

/* Whether @pmap, from which all of a program's is gone, shall stay pinned for whoever comes next. */
int
pv_keep(struct pmap *pmap)
{

	if (atomic_fetchadd_int(&kept, 1) >= KEPT) {
		atomic_subtract_int(&kept, 1);
		return (0);
	}
	bzero(&pmap->pm_stats, sizeof(pmap->pm_stats));
	return (1);
}

/* Whether it has: a root that is pinned, and only such a one, is mapped read-only. */
int
pv_kept(struct pmap *pmap)
{

	if ((*vtopte((vm_offset_t)pmap->pm_pdpt) & PG_RW) != 0)
		return (0);
	atomic_subtract_int(&kept, 1);
	return (1);
}
