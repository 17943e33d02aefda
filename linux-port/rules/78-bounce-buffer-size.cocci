// SPDX-License-Identifier: MIT
// what: the bounce buffer is a 32nd of the memory (128 bytes a page), 1 to 64 MiB
// why: the 64 MiB that are there by default are all the memory of a small machine
// upstream: 77-bounce-buffer serves trees before 5.13
// files: arch/x86/xen/mmu_pv.c
// when: kernel/dma/swiotlb.c has /\bswiotlb_adjust_size\b/
// match: 1
@@ @@
 xen_pagetable_init(...)
 {
	...
	xen_post_allocator_init();
+	swiotlb_adjust_size(clamp(xen_start_info->nr_pages * 128, 1UL << 20, 64UL << 20));
	...
 }
