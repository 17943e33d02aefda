// SPDX-License-Identifier: MIT
// what: low memory is mapped in batches at boot
// why: one entry a page is tens of thousands of hypercalls; the loop only stores
// files: arch/x86/mm/init_32.c
// match: 2
@@ expression step; statement S; @@
+	lazy_mmu_mode_enable();
	for (; pte_ofs < PTRS_PER_PTE && pfn < end_pfn; step) S
+	lazy_mmu_mode_disable();
