// SPDX-License-Identifier: MIT
// what: to the debugger, only ring 3 is a program
// why: a frame of ring 1 has no stack pointer of its own in it, as one of ring 0 had none; registers
//      and backtraces were shown from the wrong words
// files: sys/i386/i386/db_trace.c
// match: 5
@@ expression cs; @@
- ISPL(cs)
+ (ISPL(cs) == SEL_UPL)
