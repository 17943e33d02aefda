// SPDX-License-Identifier: MIT
// what: every store into a page table is a hypercall
// why: page tables are read-only to the guest; the hypervisor checks each entry
// files: paging.h
// match: 1
@@
typedef pte_t;
identifier at, e;
@@
 set_entry(pte_t *at, pte_t e)
 {
-	*at = e;
+	pv_set_entry(at, e);
 }
