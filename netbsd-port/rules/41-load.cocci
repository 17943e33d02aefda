// SPDX-License-Identifier: MIT
// what: an address space is loaded by one call
// why: the root is the address space's, not the processor's
// files: sys/arch/x86/x86/cpu.c
// match: 1
@@ identifier a, b; @@
 cpu_load_pmap(struct pmap *a, struct pmap *b)
 {
-	...
+	pv_load_pmap(a);
 }
