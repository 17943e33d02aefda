/* SPDX-License-Identifier: MIT */
/*
 * The map cache: a small stack of slots per CPU through which any frame of the
 * machine can be seen for a moment.
 *
 * Slots are not cleared on unmapping.  A slot that still names the wanted
 * frame is used as it is, without INVLPG: the same tables are visited again
 * and again, at the same depth.
 */
#include "console.h"
#include "internal.h"
#include "paging.h"
#include "x86.h"

uint64_t mapcache_flags;

void mapcache_init(void)
{
	this_cpu()->map_slot = this_cpu()->id * MAPCACHE_SLOTS;
	mapcache_flags = PTE_P | PTE_RW | PTE_A | PTE_D | pte_nx;
}

void map_frame_miss(uint32_t slot, pte_t want)
{
	struct cpu *c = this_cpu();

	uint32_t depth = c->map_slot - c->id * MAPCACHE_SLOTS;

	/* Depth is a matter of our own nesting (five at most), never of a guest's wishes. */
	if (unlikely(depth > MAPCACHE_SLOTS))
		panic("map cache: %u mappings nested; somebody forgot unmap_frame()", depth);
	mapcache_l1[slot] = want;
	invlpg(MAPCACHE_START + slot * PAGE_SIZE);
}
