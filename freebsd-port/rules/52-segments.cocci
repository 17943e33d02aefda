// SPDX-License-Identifier: MIT
// what: a program's %fs and %gs segments are set by call; private descriptor tables and I/O bitmaps
//      are refused
// why: the table is read-only, and neither an LDT of a program's nor a TSS is known here
// files: sys/i386/i386/sys_machdep.c sys/i386/i386/vm_machdep.c sys/i386/i386/machdep.c
// match: 5..8
@@ expression i, e; @@
- PCPU_GET(fsgs_gdt)[i] = e;
+ pv_update_fsgs(i, &e);

@@ identifier f = { i386_extend_pcb, i386_set_ldt }; expression list es; @@
- error = f(es)
+ error = EOPNOTSUPP
