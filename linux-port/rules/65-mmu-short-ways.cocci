// SPDX-License-Identifier: MIT
// what: what page-table code does for every entry has a short way
// why: a fault maps sixteen pages, a fork pins a table of 1,536 directory entries of which few are
//      there; translations of plain memory, one more store in a batch and empty stretches of
//      a directory cost a fraction of what serves every case
// files: arch/x86/xen/mmu_pv.c
// match: 4
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
 __xen_set_pte(pte_t *ptep, pte_t pteval)
 {
+	if (pv32_queue_pte(ptep, pteval))
+		return;
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
