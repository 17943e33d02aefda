// SPDX-License-Identifier: MIT
// what: the bounce buffer is a 32nd of the memory (128 bytes a page), 1 to 64 MiB
// why: the 64 MiB that are there by default are all the memory of a small machine
// upstream: 5.13 has swiotlb_adjust_size()
// files: drivers/xen/swiotlb-xen.c
// when: kernel/dma/swiotlb.c lacks /\bswiotlb_adjust_size\b/
// match: 2
@@ @@
 #include <xen/xen-ops.h>
+#include <asm/xen/hypervisor.h>
@@ @@
 xen_set_nslabs(...)
 {
 <...
- xen_io_tlb_nslabs = (64 * 1024 * 1024 >> IO_TLB_SHIFT);
+ xen_io_tlb_nslabs = clamp(xen_start_info->nr_pages * 128, 1UL << 20, 64UL << 20) >> IO_TLB_SHIFT;
 ...>
 }
