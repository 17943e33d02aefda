// SPDX-License-Identifier: MIT
// what: whatever pmap and its neighbours write into an entry goes through pte_store() and its like
// why: page tables are read-only to the kernel, and a store into one is a call
// files: sys/i386/i386/pmap.c sys/i386/i386/vm_machdep.c
// match: 30..70
@@ typedef pt_entry_t; pt_entry_t *p; expression E; @@
- *p = E;
+ pte_store(p, E);

@@ expression m, E; @@
- *m->CMAP1 = E;
+ pte_store(m->CMAP1, E);

@@ expression m, E; @@
- *m->CMAP2 = E;
+ pte_store(m->CMAP2, E);

@@ identifier P = { PMAP1, PMAP2, CMAP3 }; expression E; @@
- *P = E;
+ pte_store(P, E);

@@ typedef u_int; identifier p = { pte, pde, firstpte }; expression E; @@
- atomic_clear_int((u_int *)p, E)
+ pv_pte_clear_bits(p, E)

@@ identifier p = { pte, pde, firstpte }; expression o, n; @@
- atomic_cmpset_int((u_int *)p, o, n)
+ pv_pte_cmpset(p, o, n)

@@ expression o, n; @@
- atomic_cmpset_64(pte, o, n)
+ pv_pte_cmpset(pte, o, n)

@@ identifier m = { pmap, dst_pmap }; expression i, E; @@
- m->pm_pdir[i] = E;
+ pte_store(&m->pm_pdir[i], E);
