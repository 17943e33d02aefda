// SPDX-License-Identifier: MIT
// what: what page-table code does for every entry has a short way
// why: a fault maps sixteen pages, a fork pins a table of 1,536 directory entries of which few are
//      there; reading a plain entry, one more store in a batch and empty stretches of a directory
//      cost a fraction of what serves every case
// files: arch/x86/xen/mmu_pv.c
// match: 6
// defined: pv32_any_to_pfn pv32_any_to_mfn
@@ typedef pteval_t; identifier val; @@
-pte_mfn_to_pfn
+pv32_any_to_pfn
 (pteval_t val) { ... }

@@ identifier val; @@
-pte_pfn_to_mfn
+pv32_any_to_mfn
 (pteval_t val) { ... }

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
