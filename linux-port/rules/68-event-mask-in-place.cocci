// SPDX-License-Identifier: MIT
// what: the interrupt flag, a byte of this processor's, is read and written where it is asked for
// why: an operation that is called costs five instructions where the byte costs one, and a fork asks
//      some seven hundred times (shadow/asm/paravirt_types.h has the bodies)
// files: arch/x86/include/asm/paravirt.h arch/x86/xen/enlighten_pv.c
// match: 4, 5
@@ @@
 arch_local_save_flags(...)
 {
-	...
+	return pv32_save_flags();
 }

@@ identifier f; @@
 arch_local_irq_restore(unsigned long f)
 {
-	...
+	pv32_irq_restore(f);
 }

@@ @@
 arch_local_irq_disable(...)
 {
-	...
+	pv32_irq_disable();
 }

@@ @@
 arch_local_irq_enable(...)
 {
-	...
+	pv32_irq_enable();
 }

@@ identifier f = { save_fl, restore_fl, irq_disable, irq_enable }; expression E; @@
 xen_setup_vcpu_info_placement(...)
 {
	<...
-	pv_ops.irq.f = E;
	...>
 }
