// SPDX-License-Identifier: MIT
// what: a vmalloc'ed LDT page has an alias in the direct map only if it is low memory
// why: x86-64 has no high memory; here __va() of a high frame is somebody else's address
// files: arch/x86/xen/enlighten_pv.c
// match: 1
@@ expression va, pfn, v, pte; @@
 set_aliased_prot(...)
 {
	...
	va = __va(PFN_PHYS(pfn));
	...
-	if (va != v && HYPERVISOR_update_va_mapping((unsigned long)va, pte, 0))
+	if (va != v && pfn < max_low_pfn && HYPERVISOR_update_va_mapping((unsigned long)va, pte, 0))
		BUG();
	...
 }
