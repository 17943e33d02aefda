// SPDX-License-Identifier: MIT
// what: a task switch with equal TLS descriptors leaves them alone
// why: processes of one C library have none, or differ in one; each was looked at alone, with a
//      batch opened and closed around
// files: arch/x86/xen/enlighten_pv.c
// match: 1
@@ typedef thread_struct; identifier t, cpu; @@
 xen_load_tls(struct thread_struct *t, unsigned int cpu)
 {
+	struct desc_struct *now = per_cpu(shadow_tls_desc, cpu).desc, *next = t->tls_array;
+
+	if (desc_equal(now, next) && desc_equal(now + 1, next + 1) && desc_equal(now + 2, next + 2))
+		return;
	...
 }
