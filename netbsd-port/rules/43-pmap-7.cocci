// SPDX-License-Identifier: MIT
// what: a directory is pinned when it comes into the cache
// why: it is complete then, and stays so while it is there
// files: sys/arch/x86/x86/pmap.c
// match: 1
// when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
@@ identifier a, v, f; @@
 pmap_pdp_ctor(void *a, void *v, int f)
 {
	...
+	pv_pin(v);
	return (0);
 }
