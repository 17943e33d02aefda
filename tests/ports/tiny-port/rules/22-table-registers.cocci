// SPDX-License-Identifier: MIT
// what: the GDT and the trap table are handed over by a hypercall
// why: lgdt and lidt fault in ring 1; the gates of the IDT become the hypervisor's trap table
// files: x86.h
// match: 2
@@
identifier table, bytes;
@@
 load_gdt(void *table, uint32_t bytes)
 {
-	...
+	pv_load_gdt(table, bytes);
 }

@@
identifier table, bytes;
@@
 load_idt(void *table, uint32_t bytes)
 {
-	...
+	pv_load_idt(table, bytes);
 }
