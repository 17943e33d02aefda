// SPDX-License-Identifier: MIT
// what: the kernel's segments are ring 1's, the GDT has a page of its own, the TSS goes
// why: ring 0 is taken; a page that holds descriptors becomes read-only, so nothing else may
//      live on it; the only TSS is the hypervisor's, which is told the stack instead
// files: gdt.c
// match: 5
@@
@@
- CODE_SEGMENT(0)
+ CODE_SEGMENT(1)

@@
@@
- DATA_SEGMENT(0)
+ DATA_SEGMENT(1)

@@
typedef uint64_t;
symbol gdt, tss;
expression N;
@@
-static uint64_t gdt[N];
+static uint64_t gdt[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

@@
@@
-static struct tss tss;

@@
typedef uint32_t;
identifier top;
@@
 set_kernel_stack(uint32_t top)
 {
-	...
+	pv_set_kernel_stack(top);
 }

@@
expression E;
@@
 gdt_init(...)
 {
-	tss.io_map = E;
	...
-	gdt[TSS_SEL / 8] = ...;
	...
-	load_task(TSS_SEL);
 }
