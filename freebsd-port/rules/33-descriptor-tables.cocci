// SPDX-License-Identifier: MIT
// what: trap table and local descriptors are handed over, there is no task register
// why: lidt, lldt and ltr fault; sgdt, sidt, sldt and str would show the hypervisor's
// files: sys/i386/include/cpufunc.h
// match: 5..7
@@ identifier a; @@
 lidt(struct region_descriptor *a)
 {
-	...
+	pv_lidt(a);
 }

@@ typedef u_short; identifier a; @@
 lldt(u_short a)
 {
-	...
+	pv_lldt(a);
 }

@@ identifier a; @@
 ltr(u_short a)
 {
-	...
 }

@@ identifier f = { rgdt, ridt, rldt, rtr }; @@
 f(void)
 {
-	...
+	return (0);
 }
