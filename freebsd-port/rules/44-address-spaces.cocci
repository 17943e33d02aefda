// SPDX-License-Identifier: MIT
// what: an address space is pinned when it is complete and unpinned before its tables are freed
// why: the hypervisor checks a pinned one once, not at every switch. The kernel's entries come from
//      the kernel's own directory, since the recursive map shows them without their write bit; the
//      last recursive slot and the read-only mappings are pv_pin()'s. A page that was a table is
//      not known to be zero. Some that nobody uses stay as they are, for the next process: empty,
//      checked, and in the list of those that get the kernel's new entries
// files: sys/i386/i386/pmap.c
// match: 6..10
@@ typedef pd_entry_t; statement S; @@
 pmap_pinit(...)
 {
	<...
(
+	if (pv_kept(pmap))
+		return (1);
	for (i = 0; i < NPGPTD;) S
|
- bcopy(PTD + KPTDI, pmap->pm_pdir + KPTDI, nkpt * sizeof(pd_entry_t));
+ bcopy(kernel_pmap->pm_pdir + KPTDI, pmap->pm_pdir + KPTDI, nkpt * sizeof(pd_entry_t));
|
- for (i = 0; i < NPGPTD; i++) {
-	pa = VM_PAGE_TO_PHYS(ptdpg[i]);
-	...
- }
+ pv_pin(pmap->pm_pdir, pmap->pm_pdpt);
)
	...>
 }

@@ @@
 pmap_release(...)
 {
	<...
(
+	if (pv_keep(pmap))
+		return;
	mtx_lock_spin(&allpmaps_lock);
|
- for (i = 0; i < NPGPTD; i++)
-	ptdpg[i] = PHYS_TO_VM_PAGE(...);
- bzero(...);
+ for (i = 0; i < NPGPTD; i++)
+	ptdpg[i] = PHYS_TO_VM_PAGE(pmap->pm_pdpt[i] & PG_FRAME);
+ pv_unpin(pmap->pm_pdpt);
|
- vm_page_free_zero(m);
+ vm_page_free(m);
)
	...>
 }
