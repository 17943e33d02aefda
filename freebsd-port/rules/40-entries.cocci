// SPDX-License-Identifier: MIT
// what: whatever pmap and its neighbours write into an entry goes through pte_store() and its like
// why: page tables are read-only to the kernel, and a store into one is a call. The temporary windows
//      are opened by an invalidation that follows and closed by whatever comes next; what is read
//      back, a new page table's entry and the list that is threaded through unused ones, goes at once
// files: sys/i386/i386/pmap.c sys/i386/i386/vm_machdep.c
// match: 30..70
@@ expression m, E; @@
- *m->CMAP1 = E;
+ pv_pte_later(m->CMAP1, E);

@@ expression m, E; @@
- *m->CMAP2 = E;
+ pv_pte_later(m->CMAP2, E);

@@ identifier P = { PMAP1, PMAP2, CMAP3 }; expression E; @@
- *P = E;
+ pv_pte_later(P, E);

@@ typedef pt_entry_t; pt_entry_t *p; identifier head; @@
- *p = *head;
+ pv_pte_now(p, *head);

@@ pt_entry_t *p; expression E; @@
- *p = E;
+ pte_store(p, E);

@@ typedef u_int; identifier p = { pte, pde, firstpte }; expression E; @@
- atomic_clear_int((u_int *)p, E)
+ pv_pte_clear_bits(p, E)

@@ identifier p = { pte, pde, firstpte }; expression o, n; @@
- atomic_cmpset_int((u_int *)p, o, n)
+ pv_pte_cmpset(p, o, n)

@@ expression o, n; @@
- atomic_cmpset_64(pte, o, n)
+ pv_pte_cmpset(pte, o, n)

@@ identifier m = { pmap, dst_pmap }; expression i; @@
- m->pm_pdir[i] = 0;
+ pte_store(&m->pm_pdir[i], 0);

@@ identifier m = { pmap, dst_pmap }; expression i, E; @@
- m->pm_pdir[i] = E;
+ pv_pte_now(&m->pm_pdir[i], E);
