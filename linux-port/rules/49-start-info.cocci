// SPDX-License-Identifier: MIT
// what: xen_start_kernel clears .bss and stores where start_info is
// why: the entry point of the port leaves both to it
// upstream: 6.1 does, in 5.10 the 64-bit entry point did
// files: arch/x86/xen/enlighten_pv.c
// when: arch/x86/xen/enlighten_pv.c lacks /\bclear_bss\b/
// match: 1
@@ @@
 xen_start_kernel(...)
 {
	...
-	if (!xen_start_info)
-		return;
+	memset(__bss_start, 0, __bss_stop - __bss_start);
+	barrier();
+	xen_start_info = si;
	...
 }
