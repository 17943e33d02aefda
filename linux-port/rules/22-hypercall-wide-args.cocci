// SPDX-License-Identifier: MIT
// what: 64-bit arguments of four hypercalls travel as two words
// why: a register holds 32 bits here; the interface passes low word first
// upstream: 5.10 still does
// when: arch/x86/include/asm/xen/hypercall.h lacks /\bsizeof\(new_val\) == sizeof\(long\)/
// files: arch/x86/include/asm/xen/hypercall.h
// match: 6
@@ typedef u64, pte_t; @@
 HYPERVISOR_update_descriptor(u64 ma, u64 desc)
 {
-	return _hypercall2(int, update_descriptor, ma, desc);
+	return _hypercall4(int, update_descriptor, ma, ma >> 32, desc, desc >> 32);
 }

@@ @@
 HYPERVISOR_update_va_mapping(unsigned long va, pte_t new_val, unsigned long flags)
 {
-	return _hypercall3(int, update_va_mapping, va, new_val.pte, flags);
+	return _hypercall4(int, update_va_mapping, va, new_val.pte, new_val.pte >> 32, flags);
 }

@@ identifier mcl, va, new_val, flags; @@
 MULTI_update_va_mapping(struct multicall_entry *mcl, unsigned long va, pte_t new_val,
			 unsigned long flags)
 {
	...
-	mcl->args[2] = flags;
+	mcl->args[2] = new_val.pte >> 32;
+	mcl->args[3] = flags;
	...
-	trace_xen_mc_entry(mcl, 3);
+	trace_xen_mc_entry(mcl, 4);
 }

@@ identifier mcl, maddr, desc; @@
 MULTI_update_descriptor(struct multicall_entry *mcl, u64 maddr, struct desc_struct desc)
 {
	...
-	mcl->args[1] = *(unsigned long *)&desc;
+	mcl->args[1] = maddr >> 32;
+	*(struct desc_struct *)&mcl->args[2] = desc;
	...
-	trace_xen_mc_entry(mcl, 2);
+	trace_xen_mc_entry(mcl, 4);
 }
