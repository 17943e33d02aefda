// SPDX-License-Identifier: MIT
// what: the page-fault handler takes the faulting address from where the hypervisor left it
// why: with the CR2 frame the address comes with the trap and needs no second look anywhere
// files: arch/x86/mm/fault.c
// match: 1
@@ @@
- read_cr2()
+ pv32_cr2(regs)
