// SPDX-License-Identifier: MIT
// what: frames that move get a new kernel mapping only if they have one
// why: x86-64 maps all memory; here frames above max_low_pfn are high memory
// files: arch/x86/xen/setup.c drivers/xen/mem-reservation.c
// match: 3
@@ expression pfn, pte; @@
 xen_update_mem_tables(...)
 {
	<...
-	HYPERVISOR_update_va_mapping(
+	pfn < max_low_pfn && HYPERVISOR_update_va_mapping(
-	(unsigned long)__va(pfn << PAGE_SHIFT)
+	(unsigned long)__va(PFN_PHYS(pfn))
	, pte, 0)
	...>
 }

@@ identifier ret; expression pfn, pte; @@
-	ret = HYPERVISOR_update_va_mapping(
+	ret = PageHighMem(page) ? 0 : HYPERVISOR_update_va_mapping(
	(unsigned long)__va(pfn << PAGE_SHIFT), pte, 0);
