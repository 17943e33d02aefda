// SPDX-License-Identifier: MIT
// what: asks the hypervisor to repair what truncated segments refuse to programs, and for page
//       tables above 4 GiB
// why: glibc reaches thread-local variables by negative offsets, which a segment that ends below
//      the hypervisor does not allow; an L3 is named by frame number, which may be a high one
// upstream: 6.1 asks for both, 6.12 for neither
// files: arch/x86/xen/setup.c
// when: arch/x86/xen/setup.c lacks /\bVMASST_TYPE_4gb_segments\b/
// match: 1
@@ @@
 xen_pvmmu_arch_setup(...)
 {
+	HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments);
+	HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3);
	HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	...
 }
