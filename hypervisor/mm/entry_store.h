/* SPDX-License-Identifier: MIT */
/*
 * The one file that stores into a page table of a guest.  Everywhere else an
 * entry is `const`: the compiler says who stores all the same, or takes the const
 * away (-Wcast-qual), and lint (tools/house) who has a pointer without it.
 *
 * What is stored was decided before: entry_update() and l1_update() are the two
 * halves of a change, decide and perform; perform comes here.  Beside them come
 * the domain's builder, before its frames are tables (build/tables.c), and
 * whoever writes the hypervisor's own slots of a top L2.
 *
 * The processor looks at an entry at any moment, and sets A and D in a present
 * one until the very moment of a store.  One that is not present it leaves alone.
 *
 * Where a finer log of dirty frames would hook in.  dirty_log.c tells frames by
 * their types, so of a kernel that maps all its memory writable it tells nearly
 * all.  One that tells by entries has to know three things:
 *   - A table changed: entry_stored() is told, behind every change of an entry.
 *   - A frame is mapped writable.  decide_l1() (l1_entry.h) sees every entry before it
 *     is stored, CHANGE_ENTRY with RW or CHANGE_WRITABLE: a log by protection
 *     withholds RW there and gives it in ptwr_fault(), which has the write fault.
 *     What the processor noted in D of an entry that goes is in perform_l1()'s
 *     `old`, for the last time.  Entries that are there already are seen by a walk
 *     like l1_validate()'s, and changed by entry_update().
 *   - We write to it: copy_to_guest_raw() (uaccess.c), write_plain()
 *     (mmu_update.c), pages cleared and copied (mmuext.c), frame_copy.c.
 */
#ifndef RINGONE_MM_ENTRY_STORE_H
#define RINGONE_MM_ENTRY_STORE_H

#include "lib.h"
#include "locks.h"
#include "page.h"
#include "x86.h"

/* What the change of an entry comes to; a negative number is the errno it is refused with. */
enum change {
	CHANGE_ENTRY,    /* present: what it will hold has been taken */
	CHANGE_CLEAR,    /* not present: nothing to take */
	CHANGE_BITS,     /* present before and after; frame and rights stay as they are */
	CHANGE_WRITABLE, /* the same frame, writable: that type has been taken */
	CHANGE_READONLY, /* the same frame, not writable any more */
};

/* A change in `table` of d is done: see above. */
static inline void entry_stored(struct domain *d, struct page_info *table)
{
	(void)d;
	(void)table;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"

/* keep: bits that stay as they are.  Returns what was there. */
static inline pte_t entry_exchange(const pte_t *slot, pte_t new, uint64_t keep)
{
	pte_t *at = (pte_t *)slot;

	for (;;) {
		uint64_t old = at->v;

		if (__sync_bool_compare_and_swap(&at->v, old, new.v | (old & keep)))
			return PTE(old);
	}
}

/*
 * The same for an L1, by the cheapest store that does it: most changes touch the
 * low half only.  old_high: the upper half as it is, which nobody but the holder
 * of mm_lock changes.  Returns the low half that was there; of CHANGE_BITS
 * nobody wants to know.
 */
static inline __attribute__((always_inline)) uint32_t entry_store_l1(const pte_t *slot, int what,
								     uint32_t low, uint32_t high,
								     uint32_t old_high,
								     uint32_t keep)
{
	uint32_t *half = (uint32_t *)slot, old;

	if (what == CHANGE_BITS && !keep) {
		/* Nobody else writes here but the processor: A and D, as it pleases. */
		WRITE_ONCE(half[0], low);
		return low;
	}
	if (what == CHANGE_CLEAR && !keep) {
		/* Once the low half is gone the processor looks at neither. */
		old = __atomic_exchange_n(half, low, __ATOMIC_SEQ_CST);
		WRITE_ONCE(half[1], high);
		return old;
	}
	old = READ_ONCE(half[0]);
	if (unlikely(old_high != high)) {
		if (old & (uint32_t)PTE_P)
			return entry_exchange(slot, PTE((uint64_t)high << 32 | low), keep).v;
		WRITE_ONCE(half[1], high);
	}
	while (unlikely(!cmpxchg32(half, old, low | (old & keep))))
		old = READ_ONCE(half[0]);
	return old;
}

/* An entry that is empty: nobody looks at the upper half, or writes either, until the lower is there. */
static inline void entry_fill_l1(const pte_t *slot, uint32_t low, uint32_t high)
{
	uint32_t *half = (uint32_t *)slot;

	WRITE_ONCE(half[1], high);
	WRITE_ONCE(half[0], low);
}

/* Slots that are not the guest's: n of them, from `from`, or empty. */
static inline void entries_put(const pte_t *first, const pte_t *from, uint32_t n)
{
	if (from)
		memcpy((pte_t *)first, from, n * sizeof(pte_t));
	else
		memset((pte_t *)first, 0, n * sizeof(pte_t));
}

#pragma GCC diagnostic pop

static inline uint32_t entry_index(const pte_t *slot)
{
	return ((uintptr_t)slot & (PAGE_SIZE - 1)) / sizeof(pte_t);
}

#endif
