// SPDX-License-Identifier: MIT
// what: the processor is as fast as the hypervisor's time pages say
// why: what asks it would otherwise measure by ports of a bare machine, a trap for each access
// files: arch/x86/xen/time.c
// match: 1
@@ @@
(
 xen_init_time_common
|
 xen_init_time_ops
)
 (...)
 {
	...
-	x86_platform.calibrate_tsc = xen_tsc_khz;
+	x86_platform.calibrate_cpu = x86_platform.calibrate_tsc = xen_tsc_khz;
	...
 }
