// SPDX-License-Identifier: MIT
// what: a task switch tells the hypervisor the new kernel stack together with everything else
// why: page table and TLS descriptors are queued and sent at the end of the switch; the stack
//      pointer came just behind that and cost a hypercall of its own, or never where the tree
//      believes that only x86-64 is entered on the task's stack
// files: arch/x86/kernel/process_32.c
// match: 2
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
