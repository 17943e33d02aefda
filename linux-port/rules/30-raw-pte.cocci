// SPDX-License-Identifier: MIT
// what: read-modify-write of a page-table entry becomes a call
// why: page tables are read-only to a guest; a raw store would trap and be emulated, a set_pte is
//      one hypercall and can be batched. Where another processor may set Accessed or Dirty
//      meanwhile, the call sees to it that neither is lost (pages-pv32.h). Forgetting that a page
//      was used is left to the emulation: only reclaim does it
// files: arch/x86/include/asm/pgtable.h
// match: 2
@@ identifier mm, addr, ptep, pte; @@
 ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	pte_t pte = native_ptep_get_and_clear(ptep);
+	pte_t pte = pv32_get_and_clear(mm, ptep);
	...
 }

@@ identifier mm, addr, ptep; @@
 ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	...
+	pv32_wrprotect(mm, ptep);
 }
