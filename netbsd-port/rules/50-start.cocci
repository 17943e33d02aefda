// SPDX-License-Identifier: MIT
// what: memory is what the builder has given
// why: there is no map of it to ask for
// files: sys/arch/x86/x86/x86_machdep.c
// match: 1
// when: sys/arch/i386/include/frameasm.h has /intrfastexit/
@@ @@
- x86_add_xen_clusters();
+ pv_add_memory();
