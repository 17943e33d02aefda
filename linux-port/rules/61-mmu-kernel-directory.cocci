// SPDX-License-Identifier: MIT
// what: pinning a process's L3 also makes its copy of the kernel's page directory read-only
// why: the walk ends at the last user address, but the L3's fourth entry is a page table too; the
//      kernel's own, where processes share it, stays as it is
// files: arch/x86/xen/mmu_pv.c
// match: 2
@@ expression lo, hi; identifier pgd, nr; @@
 __xen_pgd_walk(...)
 {
	...
-	lo = pgd_index(GUARD_HOLE_BASE_ADDR);
-	hi = pgd_index(GUARD_HOLE_END_ADDR);
	...
	nr = pgd_index(...) + 1;
	...
+	if (nr == KERNEL_PGD_BOUNDARY && pgd[nr].pgd != swapper_pg_dir[nr].pgd)
+		(*func)(mm, pgd_page(pgd[nr]), PT_PMD);
	(*func)(mm, virt_to_page(pgd), PT_PGD);
 }
