// SPDX-License-Identifier: MIT
// what: setup_arch keeps the page table it already runs on
// why: under a hypervisor swapper_pg_dir is live, pinned and read-only before setup_arch; the
//      boot page table that head_32.S builds on bare metal does not exist
// files: arch/x86/kernel/setup.c
// match: 1
@@ @@
 setup_arch(...)
 {
	<...
-	clone_pgd_range(swapper_pg_dir + KERNEL_PGD_BOUNDARY,
-			initial_page_table + KERNEL_PGD_BOUNDARY, KERNEL_PGD_PTRS);
+	if (!boot_cpu_has(X86_FEATURE_XENPV))
+		clone_pgd_range(swapper_pg_dir + KERNEL_PGD_BOUNDARY,
+				initial_page_table + KERNEL_PGD_BOUNDARY, KERNEL_PGD_PTRS);
	...>
 }
