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

#define SLOTS_PER_CPU	(MAPCACHE_SIZE / PAGE_SIZE / MAX_CPUS)

static uint64_t slot_flags;

void mapcache_init(void)
{
	slot_flags = PTE_P | PTE_RW | PTE_A | PTE_D | pte_nx;
}

void *map_frame(mfn_t m)
{
	struct cpu *c = this_cpu();
	uint32_t slot = c->id * SLOTS_PER_CPU + c->map_depth;
	uint32_t va = MAPCACHE_START + slot * PAGE_SIZE;
	uint64_t want = mfn_pte(m, slot_flags).v;

	/* Depth is a matter of our own nesting (five at most), never of a guest's wishes. */
	if (unlikely(++c->map_depth > SLOTS_PER_CPU))
		panic("map cache: %u mappings nested; somebody forgot unmap_frame()", c->map_depth);
	if (mapcache_l1[slot].v != want) {
		mapcache_l1[slot].v = want;
		invlpg(va);
	}
	return (void *)va;
}

void unmap_frame(const void *va)
{
	this_cpu()->map_depth--;
}
