// SPDX-License-Identifier: MIT
// what: the selector that is dropped while TLS descriptors change is GS
// why: i386 programs keep thread-local data behind GS; FS is the kernel's own way to per-CPU data
// files: arch/x86/xen/enlighten_pv.c
// match: 1
@@ @@
 xen_load_tls(...)
 {
	<...
-	loadsegment(fs, 0);
+	loadsegment(gs, 0);
	...>
 }
