// SPDX-License-Identifier: MIT
// what: the x86-64 ways of taking over the builder's page tables make room for mmu-pv32.h
// why: the builder's tables are grafted under swapper_pg_dir; afterwards the kernel maps its
//      low memory a second time and must not make a page table writable by doing so
// files: arch/x86/xen/mmu_pv.c
// match: 2
@@
identifier f = { xen_setup_kernel_pagetable, xen_set_pte_init };
type T;
parameter list ps;
@@
- T f(ps) { ... }
