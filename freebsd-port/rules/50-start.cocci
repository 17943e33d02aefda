// SPDX-License-Identifier: MIT
// what: init386() finds its memory, stack and tables where the port has put them
// why: there is no vm86 mode to ask a BIOS with, no task register, no call gate, and the pages of the
//      per-CPU data are mapped already; CR3 is a machine address
// files: sys/i386/i386/machdep.c
// match: 5
@@ @@
- vm86_initialize();

@@ @@
- getmemsize(first);
+ pv_getmemsize(first);

@@ @@
- ltr(gsel_tss);
+ pv_first_stack(thread0.td_pcb);

@@ expression e; @@
- for (pa = first; pa < e; pa += PAGE_SIZE)
-	pmap_kenter(pa + KERNBASE, pa);

@@ @@
- thread0.td_pcb->pcb_cr3 = (int)IdlePDPT;
+ thread0.td_pcb->pcb_cr3 = pv_cr3;

@@ @@
- i8254_init
+ xen_clock_init

@@ @@
- i8254_delay
+ xen_delay
