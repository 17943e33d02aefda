// SPDX-License-Identifier: MIT
// what: no way to call a BIOS is made
// why: there is none; its first table would be written through a mapping of page tables
// files: sys/arch/i386/i386/machdep.c
// match: 3
@@ @@
- init386_pte0();

@@ typedef vaddr_t; expression a, b, c; @@
- pmap_kenter_pa((vaddr_t)BIOSTRAMP_BASE, a, b, c);

@@ expression a, b; @@
- memcpy((void *)BIOSTRAMP_BASE, a, b);
