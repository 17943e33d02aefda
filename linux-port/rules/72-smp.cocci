// SPDX-License-Identifier: MIT
// what: a further processor starts with the selectors that i386 needs
// why: per-CPU data is reached through FS here, not through a GS base, and a callback has a code
//      selector of its own; system calls come through int 0x80
// files: arch/x86/xen/smp_pv.c
// gone: xen_enable_sysenter xen_enable_syscall
// match: 3
@@ @@
 cpu_bringup(...)
 {
	<...
(
-	if (!xen_feature(...)) {
-		xen_enable_sysenter();
-		xen_enable_syscall();
-	}
|
-	if (!xen_feature(...))
-		xen_enable_syscall();
)
	...>
 }

@@ identifier ctxt; expression E; @@
 cpu_initialize_context(...)
 {
	...
	ctxt->user_regs.cs = __KERNEL_CS;
+	ctxt->user_regs.fs = __KERNEL_PERCPU;
	...
-	ctxt->gs_base_kernel = E;
+	ctxt->event_callback_cs = ctxt->failsafe_callback_cs = __KERNEL_CS;
	...
 }
