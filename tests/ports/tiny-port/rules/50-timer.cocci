// SPDX-License-Identifier: MIT
// what: the clock's ticks come from the hypervisor's timer
// why: there is no 8254 to program
// files: timer.c
// match: 1
@@
@@
 timer_init(...)
 {
-	...
+	pv_timer_init(1000000000 / TICKS_PER_SECOND);
 }
