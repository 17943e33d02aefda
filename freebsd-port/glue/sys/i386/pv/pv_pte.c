/* SPDX-License-Identifier: MIT */
/*
 * Stores into page tables. The kernel reads its tables where it always did and writes them here.
 */
#include <i386/pv/pvvar.h>

/* Machine address of an entry, wherever it is mapped. */
static uint64_t
entry_address(volatile void *pte)
{
	vm_offset_t va = (vm_offset_t)pte;

	return ((*vtopte(va) & PG_FRAME) | (va & PAGE_MASK));
}

void
pv_pte_store(volatile void *pte, uint64_t value)
{
	mmu_update_t u;

	u.ptr = entry_address(pte) | MMU_NORMAL_PT_UPDATE;
	u.val = value;
	PV_MUST("a page-table entry", HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF));
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
 * The root stays so for good: it is never anything else again.
 */
void
pv_pin(pd_entry_t *pdir, pdpt_entry_t *pdpt)
{
	struct mmuext_op op;
	mmu_update_t u[NPGPTD + 1];
	vm_paddr_t root = vtophys(pdpt);
	pt_entry_t *pte = vtopte((vm_offset_t)pdir);
	u_int i;

	for (i = 0; i < NPGPTD; i++) {
		uint64_t pa = pte[i] & PG_FRAME;

		pdir[PTDPTDI + i] = (i == NPGPTD - 1 ? pv_kpt : pa) | PG_V | PG_A;
		if (*vtopte((vm_offset_t)pdpt) & PG_RW)
			pdpt[i] = pa | PG_V;
		else
			pv_pte_store(&pdpt[i], pa | PG_V);
	}
	for (i = 0; i < NPGPTD; i++) {
		u[i].ptr = entry_address(&pte[i]) | MMU_NORMAL_PT_UPDATE;
		u[i].val = pte[i] & ~(uint64_t)PG_RW;
	}
	u[i].ptr = entry_address(vtopte((vm_offset_t)pdpt)) | MMU_NORMAL_PT_UPDATE;
	u[i].val = *vtopte((vm_offset_t)pdpt) & ~(uint64_t)PG_RW;
	PV_MUST("a directory's protection",
	    HYPERVISOR_mmu_update(u, NPGPTD + 1, NULL, DOMID_SELF));
	pv_invltlb();
	op.cmd = MMUEXT_PIN_L3_TABLE;
	op.arg1.mfn = atop(root);
	PV_MUST("an address space", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

void
pv_unpin(pdpt_entry_t *pdpt)
{
	struct mmuext_op op;

	op.cmd = MMUEXT_UNPIN_TABLE;
	op.arg1.mfn = atop(vtophys(pdpt));
	PV_MUST("the end of an address space", HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}
