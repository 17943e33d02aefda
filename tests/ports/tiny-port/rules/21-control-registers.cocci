// SPDX-License-Identifier: MIT
// what: CR2 is read from shared memory, CR3 and the TLB are changed by a hypercall
// why: control registers are not ring 1's to touch
// files: x86.h
// match: 3
@@
@@
 read_cr2(...)
 {
-	...
+	return pv_fault_address();
 }

@@
typedef uint32_t;
identifier phys;
@@
 load_cr3(uint32_t phys)
 {
-	...
+	pv_load_cr3(phys);
 }

@@
identifier va;
@@
 flush_page(uint32_t va)
 {
-	...
+	pv_flush_page(va);
 }
