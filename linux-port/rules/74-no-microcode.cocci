// SPDX-License-Identifier: MIT
// what: a guest never looks for microcode
// why: the processor is the hypervisor's; the search runs in i386_start_kernel and reads the
//      initrd through a mapping that only head_32.S makes
// upstream: in 6.1 head_32.S does it, which a guest does not pass through
// files: arch/x86/kernel/cpu/microcode/core.c
// when: arch/x86/kernel/head32.c has /\bload_ucode_bsp\(/
// match: 1
@@ @@
 microcode_loader_disabled(...)
 {
-	if (dis_ucode_ldr)
+	if (dis_ucode_ldr || boot_cpu_has(X86_FEATURE_XENPV))
		return true;
	...
 }
