// SPDX-License-Identifier: MIT
// what: what page-table code does for every entry has a short way
// why: a fault maps sixteen pages, a fork pins a table of 1,536 directory entries of which few are
//      there; reading a plain entry, one more store in a batch and empty stretches of a directory
//      cost a fraction of what serves every case
// files: arch/x86/xen/mmu_pv.c arch/x86/xen/p2m.c
// match: 9
// defined: pv32_any_to_pfn
@@ typedef pteval_t; identifier val; @@
-pte_mfn_to_pfn
+pv32_any_to_pfn
 (pteval_t val) { ... }

@@ typedef u32; identifier val; @@
 pte_pfn_to_mfn(pteval_t val)
 {
+	if ((u32)val & (u32)_PAGE_PRESENT && pv32_frame(val) - pv32_row.pfn < pv32_row.nr)
+		return val + pv32_row.apart;
	...
 }

@@ identifier pfn; statement S; @@
 __set_phys_to_machine(unsigned long pfn, ...)
 {
	...
	if (unlikely(pfn >= xen_p2m_size)) S
+	if (pfn - pv32_row.pfn < pv32_row.nr)
+		pv32_row.nr = 0;
	...
 }

@@ @@
 xen_mm_pin_all(...)
 {
	...
+	pv32_row.nr = 0;
	spin_lock(&init_mm.page_table_lock);
	...
 }

@@ @@
 xen_mm_unpin_all(...)
 {
	...
+	pv32_find_row();
	spin_lock(&init_mm.page_table_lock);
	...
 }

@@ typedef pte_t; identifier ptep, pteval; @@
-static
 void xen_set_pte(pte_t *ptep, pte_t pteval) { ... }

@@ identifier ptep, u; @@
 xen_batched_set_pte(pte_t *ptep, ...)
 {
	...
-	xen_extend_mmu_update(&u);
+	if (!pv32_first_element(ptep, &u))
+		xen_extend_mmu_update(&u);
	...
 }

@@ @@
 xen_after_bootmem(...)
 {
	...
	xen_pgd_walk(...);
+	pv_ops.mmu.set_pte = pv32_set_pte;
+	pv32_find_row();
	...
 }

@@ identifier pmd, i, nr; statement S; @@
 xen_pmd_walk(...)
 {
	<...
	for (i = 0; i < nr; i++) {
+		i = pv32_skip_empty(pmd, i, nr);
		if (!pmd_none(pmd[i])) S
	}
	...>
 }
