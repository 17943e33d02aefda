// SPDX-License-Identifier: MIT
// what: an upcall asks which events there are, and each is an interrupt line
// why: the hypervisor has one entry for all events; there is no controller to be acknowledged
// files: trap.c main.c
// match: 3
@@
@@
- interrupt(f->vector - IRQ_BASE);
+ pv_events(interrupt);

@@
@@
- pic_done(...);

@@
@@
- pic_init();
