/* SPDX-License-Identifier: MIT */
/*
 * Part of mmu_pv.c: the short ways of what is done for every page-table entry.
 *
 * relies: arch/x86/include/asm/xen/page.h has /\bxen_p2m_addr\b/
 * relies: arch/x86/include/asm/xen/page.h has /\bxen_safe_read_ulong\b/
 */
#include "pv32.h"

static noinline pteval_t pv32_any_to_pfn(pteval_t val);

/*
 * Ordinary memory; the rest (foreign and identity frames, holes of the M2P) goes on to what serves
 * every entry. In halves: 64-bit arithmetic goes through the stack here.
 */
static inline pteval_t pte_mfn_to_pfn(pteval_t val)
{
	unsigned long mfn = val >> PAGE_SHIFT, pfn;
	u32 low = (u32)val & ~PAGE_MASK, high = (u32)(val >> 32) & (u32)(PTE_FLAGS_MASK >> 32);

	if (!(low & _PAGE_PRESENT))
		return val;
	if (mfn >= machine_to_phys_nr || xen_safe_read_ulong(&machine_to_phys_mapping[mfn], &pfn) ||
	    pfn >= xen_p2m_size || xen_p2m_addr[pfn] != mfn)
		return pv32_any_to_pfn(val);
	return (u64)(high | pfn >> (32 - PAGE_SHIFT)) << 32 | (u32)(low | pfn << PAGE_SHIFT);
}

/* From entry @i of a directory on: the first whose eight are not all empty, below @nr. */
static inline int pv32_skip_empty(const pmd_t *pmd, int i, int nr)
{
	const u32 *e = (const u32 *)&pmd[i];

	for (; !(i % 8) && i + 8 < nr &&
	       !(e[0] | e[2] | e[4] | e[6] | e[8] | e[10] | e[12] | e[14]); e += 16)
		i += 8;
	return i;
}
