// SPDX-License-Identifier: MIT
// what: the first C function of the kernel asks who is underneath before it does anything else
// why: descriptor tables, page tables and traps are set up differently in ring 1, and everything
//      that follows has to know
// files: **/*.c
// match: 0..
//
// A rule says what changes, never how the lines look: Coccinelle finds `kernel_main` however it
// is laid out. Put the kernel's own name there, make `files:` the one file it is in, and
// `match: 1`; from then on a version of @OS@ without it is an error that names this rule.
//
// The shortest rules replace a whole body by the function's name; a type of the OS that a rule
// names is declared in it first:
//
//	@@
//	typedef pte_t;
//	identifier at, e;
//	@@
//	 set_entry(pte_t *at, pte_t e)
//	 {
//	-	...
//	+	guest_set_entry(at, e);
//	 }
@@
@@
 kernel_main(...)
 {
+	guest_start();
	...
 }
