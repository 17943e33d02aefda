// SPDX-License-Identifier: MIT
// what: the GDT's second mapping is read-only under a hypervisor
// why: descriptor tables are read-only to a guest wherever it maps them; the task gate that needs a
//      writable one exists on bare metal only
// files: arch/x86/mm/cpu_entry_area.c
// match: 1
@@ expression cea, frame, prot; @@
 setup_cpu_entry_area(...)
 {
	<...
-	cea_set_pte(&cea->gdt, frame, prot);
+	cea_set_pte(&cea->gdt, frame, boot_cpu_has(X86_FEATURE_XENPV) ? PAGE_KERNEL_RO : prot);
	...>
 }
