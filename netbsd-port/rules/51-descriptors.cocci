// SPDX-License-Identifier: MIT
// what: a change of a descriptor is handed on
// why: what the processor reads is a page of its own, and read-only
// files: sys/arch/i386/i386/gdt.c
// match: 1
// unparsed: setgdt
// when: sys/arch/i386/include/frameasm.h has /intrfastexit/
@@ union descriptor *t; union descriptor *e; @@
	*t = *e;
+	pv_descriptor(t);
