// SPDX-License-Identifier: MIT
// what: drops the paravirt accessors of page-table levels that PAE does not have
// why: with three levels the generic headers fold p4d and pud into pgd and define these themselves
//      and a PAE entry is, or may be, a union whose first member is only half of it
// files: arch/x86/include/asm/paravirt.h
// gone: __pud pud_val pud_clear __p4d p4d_val p4d_clear
// match: 4, 5
@@
typedef pte_t;
identifier f = { __pud, pud_val, pud_clear, set_p4d, p4d_clear, __p4d, p4d_val };
type T;
parameter list ps;
@@
- static inline T f(ps) { ... }

@@ expression E; @@
 __pte(...)
 {
	return
-	(pte_t) {
+	native_make_pte(
	E
-	}
+	)
	;
 }

@@ typedef pmd_t; expression E; @@
 __pmd(...)
 {
	return
-	(pmd_t) {
+	native_make_pmd(
	E
-	}
+	)
	;
 }
