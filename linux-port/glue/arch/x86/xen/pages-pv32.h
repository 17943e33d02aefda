/* SPDX-License-Identifier: MIT */
/*
 * Part of mmu_pv.c: the short ways of what is done for every page-table entry. They serve
 * ordinary memory; the rest (foreign and identity frames, holes of the M2P) goes on to what
 * mmu_pv.c does for every entry. In halves: 64-bit arithmetic goes through the stack here.
 *
 * relies: arch/x86/include/asm/xen/page.h has /\bxen_p2m_addr\b/
 * relies: arch/x86/include/asm/xen/page.h has /\bxen_safe_read_ulong\b/
 */
static noinline pteval_t pv32_any_to_pfn(pteval_t val);
static noinline pteval_t pv32_any_to_mfn(pteval_t val);

static inline pteval_t pv32_with_frame(pteval_t val, u32 frame)
{
	u32 low = (u32)val & ~PAGE_MASK, high = (u32)(val >> 32) & (u32)(PTE_FLAGS_MASK >> 32);

	return (u64)(high | frame >> (32 - PAGE_SHIFT)) << 32 | (low | frame << PAGE_SHIFT);
}

static inline pteval_t pte_mfn_to_pfn(pteval_t val)
{
	unsigned long mfn = val >> PAGE_SHIFT, pfn;

	if (!((u32)val & _PAGE_PRESENT))
		return val;
	if (mfn < machine_to_phys_nr &&
	    !xen_safe_read_ulong(&machine_to_phys_mapping[mfn], &pfn) &&
	    pfn < xen_p2m_size && xen_p2m_addr[pfn] == mfn)
		return pv32_with_frame(val, pfn);
	return pv32_any_to_pfn(val);
}

static inline pteval_t pte_pfn_to_mfn(pteval_t val)
{
	unsigned long pfn = val >> PAGE_SHIFT;

	if (!((u32)val & _PAGE_PRESENT))
		return val;
	if (pfn < xen_p2m_size && xen_p2m_addr[pfn] < IDENTITY_FRAME_BIT)
		return pv32_with_frame(val, xen_p2m_addr[pfn]);
	return pv32_any_to_mfn(val);
}

/* From entry @i of a directory on: the first whose eight are not all empty, below @nr. */
static inline int pv32_skip_empty(const pmd_t *pmd, int i, int nr)
{
	const u32 *e = (const u32 *)&pmd[i];

	while (!(i % 8) && i + 8 < nr &&
	       !(e[0] | e[2] | e[4] | e[6] | e[8] | e[10] | e[12] | e[14]))
		i += 8, e += 16;
	return i;
}

bool pv32_queue_pte(pte_t *ptep, pte_t pte); /* multicalls-pv32.h */
