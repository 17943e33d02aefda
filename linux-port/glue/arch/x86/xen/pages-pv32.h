/* SPDX-License-Identifier: MIT */
/*
 * Part of mmu_pv.c: the short ways of what is done for every page-table entry.
 *
 * relies: arch/x86/include/asm/xen/page.h has /\bxen_p2m_addr\b/
 * relies: mm/maccess.c has /\b__get_kernel_nofault\b/
 */
#include "pv32.h"

struct pv32_row pv32_row __read_mostly;

/* The frame of an entry that is present, without what the compiler makes of a shift of 64 bits. */
#define pv32_frame(val)	({ u32 f_ = (val); asm("shrd $12, %1, %0" : "+r"(f_) : "r"((u32)((val) >> 32)) : "cc"); f_; })

/*
 * While the boot processor is alone, or all others are stopped: finds the row that the kernel begins, which
 * is most of a memory that came in one piece.
 */
static void pv32_find_row(void)
{
	const unsigned long pfn = PFN_DOWN(__pa_symbol(_text)), mfn = xen_p2m_addr[pfn];
	unsigned long nr = 0;

	while (pfn + nr < xen_p2m_size && xen_p2m_addr[pfn + nr] == mfn + nr)
		nr++;
	pv32_row = (struct pv32_row){ pfn, mfn, nr, ((pteval_t)mfn - pfn) << PAGE_SHIFT };
}

static noinline pteval_t pv32_any_to_pfn(pteval_t val);

/* Other memory of ours; the rest (foreign and identity frames, holes of the M2P) goes on to what serves all. */
static noinline pteval_t pv32_look_up_pfn(pteval_t val)
{
	unsigned long mfn = pv32_frame(val), pfn;

	if ((u32)val & (u32)_PAGE_PRESENT && mfn < machine_to_phys_nr) {
		__get_kernel_nofault(&pfn, &machine_to_phys_mapping[mfn], unsigned long, other);
		if (pfn < xen_p2m_size && xen_p2m_addr[pfn] == mfn)
			return val ^ (pteval_t)(mfn ^ pfn) << PAGE_SHIFT;
	}
other:
	return pv32_any_to_pfn(val);
}

static inline pteval_t pte_mfn_to_pfn(pteval_t val)
{
	if ((u32)val & (u32)_PAGE_PRESENT && pv32_frame(val) - pv32_row.mfn < pv32_row.nr)
		return val - pv32_row.apart;
	return pv32_look_up_pfn(val);
}

/* From entry @i of a directory on: the first whose sixteen are not all empty, below @nr. */
static inline int pv32_skip_empty(const pmd_t *pmd, int i, int nr)
{
	const u32 *e = (const u32 *)&pmd[i];

	for (; !(i % 16) && i + 16 < nr &&
	       !(e[0] | e[2] | e[4] | e[6] | e[8] | e[10] | e[12] | e[14] | e[16] | e[18] | e[20] |
		 e[22] | e[24] | e[26] | e[28] | e[30]); e += 32)
		i += 16;
	return i;
}

/*
 * Stores @pte at once, but for Accessed and Dirty, which stay as other processors leave them; false
 * where no other follows the tables of @mm, and nothing was done. The only task of a process runs
 * here, and of the kernel's own entries nobody asks for these bits.
 */
static bool pv32_set_but_ad(struct mm_struct *mm, pte_t *ptep, pte_t pte)
{
	struct mmu_update u = { virt_to_machine(ptep).maddr | MMU_PT_UPDATE_PRESERVE_AD, pte.pte };

	if (!IS_ENABLED(CONFIG_SMP) || mm == &init_mm ||
	    (mm == current->mm && atomic_read(&mm->mm_users) == 1))
		return false;
	xen_mc_flush();
	return !HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF);
}

pte_t pv32_get_and_clear(struct mm_struct *mm, pte_t *ptep)
{
	pte_t pte = *ptep;

	/* Nobody marks what is not present: what is there then is their last word. */
	if (pv32_set_but_ad(mm, ptep, native_make_pte(0)))
		pte = pte_set_flags(pte, native_pte_val(*ptep));
	pv32_set_pte(ptep, native_make_pte(0));
	return pte;
}

void pv32_wrprotect(struct mm_struct *mm, pte_t *ptep)
{
	if (!pv32_set_but_ad(mm, ptep, pte_wrprotect(*ptep)))
		pv32_set_pte(ptep, pte_wrprotect(*ptep));
}
