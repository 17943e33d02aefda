// SPDX-License-Identifier: MIT
// what: the initial domain's bounce buffer is a share of its memory, 1 to 64 MiB
// why: the 64 MiB that are there by default are all the memory of a small machine
// upstream: 5.13 has swiotlb_adjust_size(), which pv32.c calls
// files: drivers/xen/swiotlb-xen.c
// when: kernel/dma/swiotlb.c lacks /\bswiotlb_adjust_size\b/
// match: 2
@@ @@
+ unsigned long xen_pv32_bounce(void);
+
 xen_set_nslabs(...)
 {
 <...
- xen_io_tlb_nslabs = (64 * 1024 * 1024 >> IO_TLB_SHIFT);
+ xen_io_tlb_nslabs = xen_pv32_bounce() >> IO_TLB_SHIFT;
 ...>
 }
