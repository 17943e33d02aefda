// SPDX-License-Identifier: MIT
// what: a page fault's stores into the page table become one call
// why: mapping the neighbours of a faulting page is up to sixteen entries, copying a page is
//      clear, flush and set; each would be a hypercall. Lazy mode keeps their order, and nothing
//      in between reads an entry that was written. It begins where the table is known to be
//      there.
// files: mm/filemap.c mm/memory.c
// upstream: 5.10 takes the lock for each neighbour, so only the copy is one call
// match: 2, 4
@@ expression mm, pmd, addr, ptl; @@
 filemap_map_pages(...)
 {
	<...
(
	vmf->pte = pte_offset_map_lock(mm, pmd, addr, ptl);
	if (!vmf->pte) { ... }
+	lazy_mmu_mode_enable();
|
	vmf->pte = pte_offset_map_lock(mm, pmd, addr, ptl);
+	lazy_mmu_mode_enable();
)
	...>
 }

@@ @@
 filemap_map_pages(...)
 {
	<...
+	lazy_mmu_mode_disable();
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	...>
 }

@@ identifier clear = { ptep_clear_flush_notify, ptep_clear_flush }; expression vma, addr, ptep; @@
 wp_page_copy(...)
 {
	<...
+	lazy_mmu_mode_enable();
	clear(vma, addr, ptep);
	...>
 }

@@ identifier set = { set_pte_at_notify, set_pte_at }; expression mm, addr, ptep, pte; @@
 wp_page_copy(...)
 {
	<...
	set(mm, addr, ptep, pte);
+	lazy_mmu_mode_disable();
	...>
 }
