// SPDX-License-Identifier: MIT
// what: the interrupt flag is the event mask of the shared page
// why: cli and sti fault in ring 1, popf is silently ignored
// files: sys/i386/include/cpufunc.h
// match: 5
@@ @@
 disable_intr(void)
 {
-	...
+	pv_disable_intr();
 }

@@ @@
 enable_intr(void)
 {
-	...
+	pv_enable_intr();
 }

@@ @@
 halt(void)
 {
-	...
+	pv_block();
 }

@@ @@
 read_eflags(void)
 {
-	...
+	return (pv_intr_enabled() ? PSL_I : 0);
 }

@@ typedef u_int; identifier ef; @@
 write_eflags(u_int ef)
 {
-	...
+	if (ef & PSL_I)
+		pv_enable_intr();
+	else
+		pv_disable_intr();
 }
