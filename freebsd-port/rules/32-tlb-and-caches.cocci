// SPDX-License-Identifier: MIT
// what: translations are forgotten by call; caches are not flushed
// why: invlpg and wbinvd are privileged, and the second one stalls everybody's machine
// files: sys/i386/include/cpufunc.h
// match: 4
@@ @@
 invltlb(void)
 {
-	...
+	pv_invltlb();
 }

@@ typedef u_int; identifier va; @@
 invlpg(u_int va)
 {
-	...
+	pv_invlpg(va);
 }

@@ identifier f = { wbinvd, invd }; @@
 f(void)
 {
-	...
 }
