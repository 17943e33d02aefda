// SPDX-License-Identifier: MIT
// what: read-modify-write of a page-table entry goes through set_pte
// why: page tables are read-only to a guest; a raw store would trap and be emulated, a
//      set_pte is one hypercall and can be batched. On one processor nobody else sees the gap;
//      with several, another one may set Accessed or Dirty meanwhile: there it is cmpxchg8b,
//      which the hypervisor emulates
// files: arch/x86/include/asm/pgtable.h arch/x86/mm/pgtable.c
// match: 5, 6
@@ identifier mm, addr, ptep, pte; @@
 ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	pte_t pte = native_ptep_get_and_clear(ptep);
+	pte_t pte = *ptep;
+
+	if (IS_ENABLED(CONFIG_SMP))
+		pte = native_ptep_get_and_clear(ptep);
+	else
+		set_pte(ptep, native_make_pte(0));
	...
 }

@@ identifier mm, addr, ptep; @@
 ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
 {
-	...
+	pte_t old = *ptep;
+
+	if (!IS_ENABLED(CONFIG_SMP))
+		set_pte(ptep, pte_wrprotect(old));
+	else
+		while (cmpxchg64(&ptep->pte, old.pte, pte_wrprotect(old).pte) != old.pte)
+			old = *ptep;
 }

@@ identifier vma, addr, ptep; @@
 ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
 {
-	...
+	pte_t old = *ptep;
+
+	if (!pte_young(old))
+		return 0;
+	if (!IS_ENABLED(CONFIG_SMP))
+		set_pte(ptep, pte_mkold(old));
+	else
+		while (cmpxchg64(&ptep->pte, old.pte, pte_mkold(old).pte) != old.pte)
+			old = *ptep;
+	return 1;
 }
