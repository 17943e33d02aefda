// SPDX-License-Identifier: MIT
// what: the machine is switched off by a hypercall
// why: the power button belongs to the machine, and the machine is not ours
// files: main.c
// match: 1
@@
@@
 power_off(...)
 {
-	outw(...);
+	pv_power_off();
	...
 }
