// SPDX-License-Identifier: MIT
// what: no search for the tables that describe a bare machine's processors
// why: what lies in the first MiB is not this machine's to read; each access would be a trap
// files: arch/x86/kernel/setup.c
// match: 1
@@ @@
 setup_arch(...)
 {
	<...
(
-	find_smp_config();
+	if (!boot_cpu_has(X86_FEATURE_XENPV))
+		find_smp_config();
|
-	x86_init.mpparse.find_mptable();
+	if (!boot_cpu_has(X86_FEATURE_XENPV))
+		x86_init.mpparse.find_mptable();
)
	...>
 }
