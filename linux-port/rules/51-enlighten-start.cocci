// SPDX-License-Identifier: MIT
// what: what an i386 kernel does differently on its first steps
// why: the hypervisor's hole must be reserved before the first fixmap, features that enter the
//      kernel behind our back are hidden, and the way on is i386_start_kernel's
// files: arch/x86/xen/enlighten_pv.c
// gone: set_seg xen_load_gs_index x86_64_start_reservations
// match: 4, 5
@@ @@
- xen_load_gs_index(...) { ... }

@@ @@
- set_seg(...) { ... }

@@ @@
 xen_start_kernel(...)
 {
	...
	xen_vcpu_info_reset(0);
+	xen_pv32_first_steps();
	...
	xen_init_capabilities();
+	xen_pv32_capabilities();
	...
-	x86_64_start_reservations(...);
+	xen_pv32_start_kernel();
 }
