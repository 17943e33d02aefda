// SPDX-License-Identifier: MIT
// what: a page becomes read-only before it is a page table, and writable when it is none again
// why: the hypervisor takes no page as a table that anyone can write
// files: paging.c
// match: 2
@@
expression E;
@@
 table_alloc(...)
 {
-	return E;
+	return pv_table_begin(E);
 }

@@
typedef pte_t;
identifier table;
@@
 table_free(pte_t *table)
 {
+	pv_table_end(table);
	...
 }
