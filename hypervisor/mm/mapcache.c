/* SPDX-License-Identifier: MIT */
/*
 * The map cache: a small stack of slots per CPU through which any frame of the
 * machine can be seen for a moment, and a few more in which a page table finds
 * its place by its number (map_table).
 *
 * Slots are not cleared on unmapping.  A slot that still names the wanted
 * frame is used as it is, without INVLPG: the same tables are visited again
 * and again, at the same depth.
 */
#include "internal.h"
#include "mm.h"
#include "say/say.h"
#include "x86.h"

uint64_t mapcache_flags;
uint32_t mapcache_shown[MAX_CPUS * MAPCACHE_SLOTS];

void mapcache_init(void)
{
	struct cpu *c = this_cpu();

	c->map_slot = c->id * MAPCACHE_SLOTS;
	c->table_slots = c->map_slot + MAPCACHE_DEPTH;
	mapcache_flags = PTE_P | PTE_RW | PTE_A | PTE_D | pte_nx;
	for (uint32_t i = 0; i < TABLE_SLOTS; i++)
		mapcache_shown[c->table_slots + i] = INVALID_MFN.n;
}

void map_table_miss(uint32_t slot, mfn_t m)
{
	mapcache_shown[slot] = m.n;
	mapcache_l1[slot] = mfn_pte(m, mapcache_flags);
	invlpg(MAPCACHE_START + slot * PAGE_SIZE);
}

void map_frame_miss(uint32_t slot, uint32_t low, uint32_t high)
{
	/* Depth is a matter of our own nesting (five at most), never of a guest's wishes. */
	if (unlikely(slot >= this_cpu()->table_slots))
		panic("map cache: %u mappings nested; somebody forgot unmap_frame()",
		      MAPCACHE_DEPTH + 1);
	mapcache_l1[slot] = PTE((uint64_t)high << 32 | low);
	invlpg(MAPCACHE_START + slot * PAGE_SIZE);
}
