// SPDX-License-Identifier: MIT
// what: read-modify-write of a page-table entry goes through set_pte
// why: page tables are read-only to a guest; a raw store would trap and be emulated, a
//      set_pte is one hypercall and can be batched. On one processor nobody else sees the gap.
// files: arch/x86/include/asm/pgtable.h arch/x86/mm/pgtable.c
// match: 3
@@ identifier mm, addr, ptep, pte; @@
 ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	pte_t pte = native_ptep_get_and_clear(ptep);
+	pte_t pte = *ptep;
+	set_pte(ptep, native_make_pte(0));
	...
 }

@@ identifier mm, addr, ptep; @@
 ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	...
+	set_pte(ptep, pte_wrprotect(*ptep));
 }

@@ identifier vma, addr, ptep, ret; @@
 ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
 {
	<...
-	ret = test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&ptep->pte);
+	ret = 1, set_pte(ptep, pte_mkold(*ptep));
	...>
 }
