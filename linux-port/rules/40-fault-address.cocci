// SPDX-License-Identifier: MIT
// what: the page-fault handler takes the faulting address from where the hypervisor left it
// why: with the CR2 frame the address comes with the trap and needs no second look anywhere
//      (without it, one way through xen_vcpu serves a placed and an unplaced vcpu_info)
// files: arch/x86/mm/fault.c arch/x86/xen/enlighten_pv.c
// match: 2
@@ @@
- read_cr2()
+ pv32_cr2(regs)

@@ expression E; @@
 xen_setup_vcpu_info_placement(...)
 {
	<...
-	pv_ops.mmu.read_cr2 = E;
	...>
 }
