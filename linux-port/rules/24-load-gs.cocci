// SPDX-License-Identifier: MIT
// what: loading GS is no paravirtual operation where a macro of i386 does it
// why: GS is the process's own here, and any ring may load it
// upstream: 6.1 has no such macro, nor uses the operation on i386
// files: arch/x86/include/asm/paravirt.h
// when: arch/x86/include/asm/segment.h has /^# define load_gs_index\(/
// match: 1
@@ @@
- load_gs_index(...) { ... }
