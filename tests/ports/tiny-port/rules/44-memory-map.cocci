// SPDX-License-Identifier: MIT
// what: the kernel's address space begins with the tables the domain builder made
// why: they map the kernel already and are checked; only memory behind the image is missing
// files: paging.c
// match: 1
@@
@@
 map_memory(...)
 {
-	...
+	kernel_space.l3 = pv_first_tables();
+	pv_map_rest(memory_top);
 }
