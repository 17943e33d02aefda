// SPDX-License-Identifier: MIT
// what: interrupts are switched on and off in shared memory, and waited for by a hypercall
// why: in ring 1 cli, sti and hlt fault
// files: x86.h
// match: 4
@@
@@
 #include <stdint.h>
+#include "pv/guest.h"

@@
@@
 irq_disable(...)
 {
-	...
+	pv_irq_disable();
 }

@@
@@
 irq_enable(...)
 {
-	...
+	pv_irq_enable();
 }

@@
@@
 wait_for_interrupt(...)
 {
-	...
+	pv_wait_for_interrupt();
 }
