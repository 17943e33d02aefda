// SPDX-License-Identifier: MIT
// what: debug registers are set and read by call
// why: the hypervisor keeps its own addresses out of them; 4 and 5 are aliases nobody needs
// files: sys/i386/include/cpufunc.h
// match: 12..16
@@ @@
 rdr0(void)
 {
-	...
+	return (pv_get_dr(0));
 }

@@ typedef u_int; identifier v; @@
 load_dr0(u_int v)
 {
-	...
+	pv_set_dr(0, v);
 }

@@ @@
 rdr1(void)
 {
-	...
+	return (pv_get_dr(1));
 }

@@ identifier v; @@
 load_dr1(u_int v)
 {
-	...
+	pv_set_dr(1, v);
 }

@@ @@
 rdr2(void)
 {
-	...
+	return (pv_get_dr(2));
 }

@@ identifier v; @@
 load_dr2(u_int v)
 {
-	...
+	pv_set_dr(2, v);
 }

@@ @@
 rdr3(void)
 {
-	...
+	return (pv_get_dr(3));
 }

@@ identifier v; @@
 load_dr3(u_int v)
 {
-	...
+	pv_set_dr(3, v);
 }

@@ @@
 rdr4(void)
 {
-	...
+	return (pv_get_dr(6));
 }

@@ identifier v; @@
 load_dr4(u_int v)
 {
-	...
+	pv_set_dr(6, v);
 }

@@ @@
 rdr5(void)
 {
-	...
+	return (pv_get_dr(7));
 }

@@ identifier v; @@
 load_dr5(u_int v)
 {
-	...
+	pv_set_dr(7, v);
 }

@@ @@
 rdr6(void)
 {
-	...
+	return (pv_get_dr(6));
 }

@@ identifier v; @@
 load_dr6(u_int v)
 {
-	...
+	pv_set_dr(6, v);
 }

@@ @@
 rdr7(void)
 {
-	...
+	return (pv_get_dr(7));
 }

@@ identifier v; @@
 load_dr7(u_int v)
 {
-	...
+	pv_set_dr(7, v);
 }
