// SPDX-License-Identifier: MIT
// what: a task switch tells the hypervisor the new kernel stack together with everything else
// why: page table and TLS descriptors are queued and sent at the end of the switch; the stack
//      pointer came just behind that and cost a hypercall of its own, or never where the tree
//      believes that only x86-64 is entered on the task's stack. Where the hypervisor takes table and
//      stack in one call, the two entries become that call
// files: arch/x86/kernel/process_32.c arch/x86/xen/enlighten_pv.c
// match: 3
@@ identifier next; @@
 __switch_to(...)
 {
	...
+	if (static_cpu_has(X86_FEATURE_XENPV))
+		load_sp0(next->thread.sp0);
	arch_end_context_switch(next);
	...
-	update_task_stack(next);
+	if (!static_cpu_has(X86_FEATURE_XENPV))
+		update_task_stack(next);
	...
 }

@@ identifier mcs, sp0; @@
 xen_load_sp0(unsigned long sp0)
 {
-	struct multicall_space mcs;
	...
-	mcs = xen_mc_entry(0);
-	MULTI_stack_switch(mcs.mc, __KERNEL_DS, sp0);
+	xen_mc_batch();
+	pv32_stack_switch(sp0);
	...
 }
