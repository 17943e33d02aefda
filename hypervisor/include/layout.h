/* SPDX-License-Identifier: MIT */
/*
 * Where everything lives in the top 64 MiB, the hole that every guest leaves
 * free.  docs/address-space.md says why each part has its size; a lint check
 * compares the two, and the assertions below keep the parts from overlapping.
 *
 *  0xFC000000 +----------------------------+ HOLE_START
 *             | M2P, read-only to guests   |  6 MiB   (RAM up to 6 GiB, 4 bytes a frame)
 *             |- - - guest segments end behind its last mapped page - - - - - - - - - -
 *  0xFC600000 | M2P, writable              |  6 MiB
 *  0xFCC00000 | frame table                | 24 MiB   (16 bytes a frame)
 *  0xFE400000 | image: text, data, bss     |  4 MiB
 *  0xFE800000 | heap                       | 16 MiB
 *  0xFF800000 | per-domain windows         |  2 MiB   (GDT and LDT pages of its VCPUs)
 *  0xFFA00000 | map cache                  |  2 MiB   (per-CPU temporary mappings)
 *  0xFFC00000 | fixmap                     |  2 MiB   (local APIC, ...)
 *  0xFFE00000 | never mapped               |  2 MiB   (so that wrapping faults)
 *  4 GiB      +----------------------------+
 *
 * A classic kernel (DESIGN 4) also finds the M2P at CLASSIC_M2P_START, and the
 * L2 slots from there up are the hypervisor's.
 */
#ifndef RINGONE_LAYOUT_H
#define RINGONE_LAYOUT_H

#define HOLE_START        0xFC000000
#define CLASSIC_M2P_START 0xF5800000

#define MAX_RAM_FRAMES 0x180000 /* 6 GiB in frames */

#define M2P_RO_START      0xFC000000
#define M2P_RO_SIZE       0x00600000
#define M2P_RW_START      0xFC600000
#define M2P_RW_SIZE       0x00600000
#define FRAME_TABLE_START 0xFCC00000
#define FRAME_TABLE_SIZE  0x01800000
#define IMAGE_START       0xFE400000
#define IMAGE_SIZE        0x00400000
#define HEAP_START        0xFE800000
#define HEAP_SIZE         0x01000000
#define PERDOMAIN_START   0xFF800000
#define PERDOMAIN_SIZE    0x00200000
#define MAPCACHE_START    0xFFA00000
#define MAPCACHE_SIZE     0x00200000
#define FIXMAP_START      0xFFC00000
#define FIXMAP_SIZE       0x00200000

/* Where the loader puts the image; IMAGE_START maps here. */
#define IMAGE_PADDR  0x00100000
#define IMAGE_OFFSET (IMAGE_START - IMAGE_PADDR)

/* First and number of L2 slots of the top gigabyte that are the hypervisor's. */
#define TOP_L2_SLOT(va)    (((va) >> 21) & 511)
#define HOLE_FIRST_SLOT    480 /* TOP_L2_SLOT(HOLE_START) */
#define CLASSIC_FIRST_SLOT 428 /* TOP_L2_SLOT(CLASSIC_M2P_START) */
#define PERDOMAIN_SLOT     508 /* TOP_L2_SLOT(PERDOMAIN_START) */

/*
 * A VCPU's window: 16 pages of GDT (14 of the guest's, one reserved page that
 * is the processor's own, one never mapped) and 16 pages of LDT.
 */
#define VCPU_WINDOW_SIZE    0x20000
#define GDT_WINDOW(vcpu_id) (PERDOMAIN_START + (vcpu_id)*VCPU_WINDOW_SIZE)
#define LDT_WINDOW(vcpu_id) (GDT_WINDOW(vcpu_id) + 0x10000)
#define MAX_VCPUS           8 /* windows fit 16 */

/* Fixmap pages. */
#define FIX_LAPIC    (FIXMAP_START + 0x0000)
#define FIX_IOAPIC   (FIXMAP_START + 0x1000)  /* a page for each of up to 8 */
#define FIX_MSIX     (FIXMAP_START + 0xa000)  /* a device's MSI-X table, for a moment */
#define FIX_PIRQ_EOI (FIXMAP_START + 0xb000)  /* the first domain's page, pirq/eoi_map.c */
#define FIX_BOOT     (FIXMAP_START + 0x10000) /* 64 KiB for early table parsing */

#ifndef __ASSEMBLY__
_Static_assert(M2P_RO_SIZE == MAX_RAM_FRAMES * 4, "M2P covers all frames");
_Static_assert(M2P_RW_START == M2P_RO_START + M2P_RO_SIZE, "budget");
_Static_assert(FRAME_TABLE_START == M2P_RW_START + M2P_RW_SIZE, "budget");
_Static_assert(FRAME_TABLE_SIZE == MAX_RAM_FRAMES * 16, "frame table covers all frames");
_Static_assert(IMAGE_START == FRAME_TABLE_START + FRAME_TABLE_SIZE, "budget");
_Static_assert(HEAP_START == IMAGE_START + IMAGE_SIZE, "budget");
_Static_assert(PERDOMAIN_START == HEAP_START + HEAP_SIZE, "budget");
_Static_assert(MAPCACHE_START == PERDOMAIN_START + PERDOMAIN_SIZE, "budget");
_Static_assert(FIXMAP_START == MAPCACHE_START + MAPCACHE_SIZE, "budget");
_Static_assert(FIXMAP_START + FIXMAP_SIZE == 0xFFE00000, "the last 2 MiB stay unmapped");
_Static_assert(TOP_L2_SLOT(HOLE_START) == HOLE_FIRST_SLOT, "slot");
_Static_assert(TOP_L2_SLOT(CLASSIC_M2P_START) == CLASSIC_FIRST_SLOT, "slot");
_Static_assert(TOP_L2_SLOT(PERDOMAIN_START) == PERDOMAIN_SLOT, "slot");
_Static_assert(MAX_VCPUS *VCPU_WINDOW_SIZE <= PERDOMAIN_SIZE, "windows fit");
#endif

#endif
