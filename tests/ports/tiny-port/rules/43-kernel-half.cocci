// SPDX-License-Identifier: MIT
// what: every address space has a copy of the kernel's second-level table, and is pinned
// why: the table with the kernel's addresses also holds the hypervisor's and belongs to one
//      top level only; pinning keeps the tables checked while they are not in use
// files: paging.c
// match: 3
@@
expression s, E;
@@
 space_create(...)
 {
	<...
-	set_entry(&s->l3[3], E);
+	set_entry(&s->l3[3], pv_kernel_half_create(E));
+	pv_pin(s->l3);
	...>
 }

@@
identifier s;
@@
 space_destroy(struct space *s)
 {
+	pv_unpin(s->l3);
	...
+	pv_kernel_half_destroy(s->l3[3]);
	table_free(s->l3);
	...
 }
