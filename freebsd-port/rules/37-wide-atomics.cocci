// SPDX-License-Identifier: MIT
// what: 64-bit atomics are cmpxchg8b, always
// why: the other way, for a 386, masks interrupts with instructions that fault or lie in ring 1
// files: sys/i386/include/atomic.h
// match: 4..5
@@ expression list es; identifier f, g; @@
- if ((cpu_feature & CPUID_CX8) == 0)
-	return (f(es));
- else
	return (g(es));

@@ expression list es; identifier f, g; @@
- if ((cpu_feature & CPUID_CX8) == 0)
-	f(es);
- else
	g(es);
