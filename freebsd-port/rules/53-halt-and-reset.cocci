// SPDX-License-Identifier: MIT
// what: idling and resetting are calls
// why: "sti; hlt" is privileged; a guest that resets the machine ends its domain
// files: sys/x86/x86/cpu_machdep.c sys/i386/i386/vm_machdep.c
// match: 3
@@ @@
 acpi_cpu_c1(void)
 {
-	...
+	pv_block();
 }

@@ @@
- cpu_reset_real();
+ pv_reset();
