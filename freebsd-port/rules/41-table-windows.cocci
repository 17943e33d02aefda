// SPDX-License-Identifier: MIT
// what: the windows through which other address spaces' tables are read are read-only
// why: no mapping shows a page table writable
// files: sys/i386/i386/pmap.c
// match: 4
@@ identifier f; @@
- f | PG_RW | PG_V | PG_A | PG_M
+ f | PG_V | PG_A
