// SPDX-License-Identifier: MIT
// what: a page table made at boot is announced before it is used
// why: the hypervisor takes only a page that is read-only everywhere for a page table
// upstream: 6.1 has these calls, 6.12 has not
// files: arch/x86/mm/init_32.c
// when: arch/x86/mm/init_32.c lacks /\bparavirt_alloc_pte\b/
// match: 4
@@ expression pmd, table; @@
+	paravirt_alloc_pte(&init_mm, __pa(table) >> PAGE_SHIFT);
	set_pmd(pmd, __pmd(__pa(table) | _PAGE_TABLE));

@@ expression pgd, table; @@
+	paravirt_alloc_pmd(&init_mm, __pa(table) >> PAGE_SHIFT);
	set_pgd(pgd, __pgd(__pa(table) | _PAGE_PRESENT));

@@ identifier pte, newpte; @@
 page_table_kmap_check(...)
 {
	<...
	__flush_tlb_all();
+	paravirt_release_pte(__pa(pte) >> PAGE_SHIFT);
	pte = newpte;
	...>
 }
