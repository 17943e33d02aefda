// SPDX-License-Identifier: MIT
// what: what an i386 kernel does differently on its first steps
// why: the hypervisor's hole must be reserved before the first fixmap, features that enter the
//      kernel behind our back are hidden, and the way on is i386_start_kernel's. setup_arch takes
//      what CPUID said from new_cpu_data, where head_32.S would have left it. .bss is
//      cleared before anything is stored into it, of which the compiler knows nothing
// files: arch/x86/xen/enlighten_pv.c
// gone: set_seg xen_load_gs_index x86_64_start_reservations
// match: 3, 5
@@ @@
- xen_load_gs_index(...) { ... }

@@ @@
- set_seg(...) { ... }

@@ @@
- clear_bss();
+ memset(__bss_start, 0, __bss_stop - __bss_start);
+ barrier();

@@ @@
 xen_start_kernel(...)
 {
	...
	xen_vcpu_info_reset(0);
+	xen_pv32_first_steps();
	...
-	x86_64_start_reservations(...);
+	new_cpu_data = boot_cpu_data;
+	i386_start_kernel();
 }
