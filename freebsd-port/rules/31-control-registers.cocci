// SPDX-License-Identifier: MIT
// what: control registers are variables, or calls where something has to happen
// why: of CR0 only TS is a guest's, of CR4 nothing; CR2 and CR3 come from and go to the hypervisor
// files: sys/i386/include/cpufunc.h
// match: 9..12
@@ @@
 clts(void)
 {
-	...
+	pv_load_cr0(pv_cr0 & ~8);
 }

@@ typedef u_int; identifier v; @@
 load_cr0(u_int v)
 {
-	...
+	pv_load_cr0(v);
 }

@@ @@
 rcr0(void)
 {
-	...
+	return (pv_cr0);
 }

@@ @@
 rcr2(void)
 {
-	...
+	return (pv_fault_address());
 }

@@ identifier v; @@
 load_cr3(u_int v)
 {
-	...
+	pv_load_cr3(v);
 }

@@ @@
 rcr3(void)
 {
-	...
+	return (pv_cr3);
 }

@@ identifier v; @@
 load_cr4(u_int v)
 {
-	...
+	pv_cr4 = v;
 }

@@ @@
 rcr4(void)
 {
-	...
+	return (pv_cr4);
 }

@@ @@
 rxcr(u_int reg)
 {
-	...
+	return (0);
 }

@@ typedef uint64_t; @@
 load_xcr(u_int reg, uint64_t val)
 {
-	...
 }
