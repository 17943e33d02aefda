// SPDX-License-Identifier: MIT
// what: deletes the fourth level and the second, user-only table from the page-table code
// why: in ring 1 kernel and user share one table, whose root is the L3
// files: arch/x86/xen/mmu_pv.c
// gone: xen_cleanhighmap xen_cleanmfnmap
// match: 17..19
@@
typedef pgd_t;
identifier f = { xen_pud_val, xen_make_pud, xen_p4d_val, xen_make_p4d, __xen_set_p4d_hyper, xen_set_p4d_hyper, xen_set_p4d,
		 xen_cleanhighmap, xen_cleanmfnmap_free_pgtbl, xen_cleanmfnmap_pmd,
		 xen_cleanmfnmap_pud, xen_cleanmfnmap_p4d, xen_cleanmfnmap, xen_free_ro_pages,
		 xen_pagetable_cleanhighmap, xen_read_phys_ulong, xen_early_virt_to_phys,
		 xen_relocate_p2m, __ka, m2p, m2v, convert_pfn_mfn, check_pt_base };
type T;
parameter list ps;
@@
- T f(ps) { ... }

@@ @@
 xen_get_user_pgd(...)
 {
-	...
+	return NULL;
 }

@@ @@
 xen_pgd_alloc(...)
 {
-	...
+	return 0;
 }

@@ @@
 xen_pagetable_p2m_setup(...)
 {
	...
-	xen_pagetable_cleanhighmap();
	...
 }

@@ expression addr, size, where; statement S; @@
 xen_pagetable_p2m_free(...)
 {
	...
-	if (addr >= __START_KERNEL_map) {
-		xen_cleanhighmap(...);
-		size = PAGE_ALIGN(...);
-		memblock_free(where, size);
-	} else S
+	memblock_free(where, PAGE_ALIGN(xen_start_info->nr_pages * sizeof(unsigned long)));
 }

@@ @@
- BUILD_BUG_ON(sizeof(discontig_frames_early) != PAGE_SIZE);

@@ expression E; @@
 xen_write_cr3(...)
 {
-	pgd_t *user_pgd = E;
	...
-	if (user_pgd) { ... } else { ... }
	...
 }

@@ @@
 __xen_pgd_pin(...)
 {
	<...
-	MMUEXT_PIN_L4_TABLE
+	MMUEXT_PIN_L3_TABLE
	...>
 }
