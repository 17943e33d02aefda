// SPDX-License-Identifier: MIT
// what: windows onto tables are read-only; directories are pinned when they are complete, and entries
//      copied from one to another by call
// why: no mapping shows a page table writable; the hypervisor checks a pinned address space once
// files: sys/arch/x86/x86/pmap.c
// match: 2, 7
@@ @@
 pmap_map_ptp(...)
 {
	<...
- PTE_P | PTE_W | pmap_pg_nx | PTE_A | PTE_D
+ PTE_P | pmap_pg_nx | PTE_A | PTE_D
	...>
 }

@@ expression d, i; @@
- d[PDIR_SLOT_PTE + i] |= PTE_W;

@@ typedef pd_entry_t; expression p, q, i, j, n; @@
- memcpy(&p->pm_pdir[i], &q->pm_pdir[j], n * sizeof(pd_entry_t));
+ pv_copy_entries(&p->pm_pdir[i], &q->pm_pdir[j], n);

@@ expression p; @@
+ pv_unpin(p->pm_pdir);
  pmap_pdp_fini(p->pm_pdir);

@@ expression p, E; @@
  p = pmap->pm_pdir[E];
  if (__predict_true(p != 0)) {
+	pv_pin(pmap->pm_pdir);
	break;
  }

@@ expression m, va, pa; expression list es; @@
- pmap_enter_ma(m, va, pa, pa, es)
+ pmap_enter_ma(m, va, pmap_pa2pte(pa), pa, es)
