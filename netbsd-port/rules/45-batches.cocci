// SPDX-License-Identifier: MIT
// what: what pmap writes between pmap_map_ptes() and pmap_unmap_ptes() goes in one call; a mapping that
//      is new waits until pmap_update()
// why: an entry into the hypervisor costs more than a store. Who reads an entry that may wait sends it
//      first: pmap_enter_ma() its own, all others everything
// files: sys/arch/x86/x86/pmap.c
// match: 31, 35..45
// unparsed: pmap_init_pcpu
@@ identifier f != pmap_enter_ma; expression a, b, c, d; @@
 f(...)
 {
	<...
+	pv_flush();
	pmap_map_ptes(a, b, c, d);
	...>
 }

@@ expression a, b, c, d; @@
  pmap_map_ptes(a, b, c, d);
+ pv_batch_begin();

@@ expression a, b; @@
+ pv_batch_end();
  pmap_unmap_ptes(a, b);

@@ @@
 pmap_enter_ma(...)
 {
	<...
(
-	opte = *ptep;
+	opte = pv_pte_read(ptep);
|
-	pmap_pte_cas(ptep, opte, npte)
+	pv_pte_enter(ptep, npte)
)
	...>
 }

@@ @@
 pmap_kenter_pa(...)
 {
	<...
-	pmap_pte_testset(pte, npte)
+	pv_pte_enter(pte, npte)
	...>
 }

@@ statement S; expression a, b, c; @@
 pmap_kremove1(...)
 {
	...
+	pv_flush();
+	pv_batch_begin();
	for (a; b; c) S
+	pv_batch_end();
	...
 }

@@ @@
+ pv_flush();
  ptep = pmap_map_pte(pmap, ptp, va);

@@ expression p, E, va; @@
- pmap_pte_set(p, E);
- pmap_pte_flush();
- pmap_update_pg(va);
+ pv_window(va, E);

@@ @@
 pmap_update(...)
 {
	...
+	pv_batch_begin();
	pmap_tlb_shootnow();
+	pv_batch_end();
+	pv_flush();
	...
 }
