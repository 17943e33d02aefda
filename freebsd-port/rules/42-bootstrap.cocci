// SPDX-License-Identifier: MIT
// what: pmap takes the tables as i386/pv/pv_boot.c has made them
// why: the map of the kernel's tables is there already (behind the recursive one, so that both
//      names mean the same); nothing is mapped at its physical address; there is no PAT (its bit is masked); a root
//      table is a page, since it is read-only and counted as one
// files: sys/i386/i386/pmap.c
// match: 8..12
@@ expression a, b; @@
- vm_phys_add_seg(a, b);

@@ expression a, b; @@
- KPTD -= a;
- KPTmap -= b;
+ KPTD = PTD;

@@ expression i; statement S; @@
- for (i = 0; i < NKPT; i++) S

@@ expression i; @@
- for (i = 1; i < NKPT; i++)
-	PTD[i] = 0;

@@ typedef pdpt_entry_t; @@
- NPGPTD * sizeof(pdpt_entry_t)
+ PAGE_SIZE

@@ expression e; @@
- pdir_pde(KPTD, e) = pgeflag | newpdir;
+ pte_store(&pdir_pde(KPTD, e), newpdir ^ PG_RW);
