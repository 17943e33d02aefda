// SPDX-License-Identifier: MIT
// what: entries of page tables hold machine frames
// why: what the kernel calls physical memory is its own numbering; the processor walks the
//      tables itself and knows only the machine's
// files: paging.h
// match: 2
@@
typedef uint32_t;
identifier phys, flags;
@@
 make_entry(uint32_t phys, uint32_t flags)
 {
-	return ...;
+	return pv_to_machine(phys) | flags;
 }

@@
typedef pte_t;
identifier e;
@@
 entry_phys(pte_t e)
 {
-	return ...;
+	return pv_to_phys(e & PTE_FRAME);
 }
