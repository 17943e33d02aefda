// SPDX-License-Identifier: MIT
// what: ports read as if nothing were there, model-specific registers as 0
// why: an ordinary guest has neither; what the generic code probes for it then does not find
// files: sys/i386/include/cpufunc.h
// match: 8..20
@@ typedef u_int; identifier f = { inb, inw, inl }; @@
 f(u_int port)
 {
-	...
+	return (~0);
 }

@@ identifier f = { outb, outw, outl, insb, insw, insl, outsb, outsw, outsl, wrmsr, cpu_monitor,
		cpu_mwait };
parameter list ps; @@
 f(ps)
 {
-	...
 }

@@ identifier f = { rdmsr, rdmsr32, rdpmc }; parameter list ps; @@
 f(ps)
 {
-	...
+	return (0);
 }

@@ identifier f = { do_cpuid }; identifier ax, p; @@
 f(u_int ax, u_int *p)
 {
-	...
+	pv_cpuid(ax, 0, p);
 }

@@ identifier ax, cx, p; @@
 cpuid_count(u_int ax, u_int cx, u_int *p)
 {
-	...
+	pv_cpuid(ax, cx, p);
 }
