/* SPDX-License-Identifier: MIT */
/* Grant tables, version 1 (the interface's grant_table.h): set-up, look-up, copying. */
#ifndef RINGONE_GRANT_ENTRY_H
#define RINGONE_GRANT_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

#include "locks.h"
#include "trust.h"
#include "types.h"

#define GRANTS_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define MAX_GRANT_FRAMES 32

/* Flags and domid of an entry are one word, so that both change or neither does. */
#define GRANT_WORD(flags, domid) ((uint32_t)(flags) | (uint32_t)(domid) << 16)

/*
 * ---- one entry: no memory but its own; tested on the build host ----
 *
 * It lies in memory that the granting guest can write at any moment, so it is read
 * once, judged from that copy, and changed by cmpxchg against it: what was judged is
 * what is taken (TRUST 22).  Every page that is mapped or copied passes here, so that
 * part is inline; the rest is in grant/entry.c.
 */
#define MAX_TRIES 16 /* a guest that keeps rewriting its entry gets an error, not our time */

/* Where entry `ref` lies; NULL: there is no table, or it ends before (TRUST 22). */
static inline grant_entry_v1_t *grant_entry(void *const *frames, uint32_t nr_frames,
					    grant_ref_t ref)
{
	if (!TRUST_CHECK(22, 40, ref < nr_frames * GRANTS_PER_FRAME))
		return NULL;
	return (grant_entry_v1_t *)frames[ref / GRANTS_PER_FRAME] + ref % GRANTS_PER_FRAME;
}

static inline uint32_t *grant_word(grant_entry_v1_t *e)
{
	return (uint32_t *)e;
}

/* What an entry is taken for.  A mapping is of whole pages; version 2 knows parts of them. */
enum grant_use {
	GRANT_TO_COPY = GTF_type_mask,
	GRANT_TO_MAP = GTF_type_mask | GTF_sub_page,
};

/* Whatever is wrong with the entry itself has one name: the granter did not mean this. */
static inline int16_t grant_judge(uint32_t word, domid_t user, bool write, enum grant_use use)
{
	if (!TRUST_CHECK(22, 41, (word & use) == GTF_permit_access))
		return GNTST_general_error;
	if (!TRUST_CHECK(22, 42, word >> 16 == user))
		return GNTST_general_error;
	if (write && !TRUST_CHECK(22, 43, !(word & GTF_readonly)))
		return GNTST_general_error;
	return GNTST_okay;
}

/*
 * Take an entry into use for `user`, to write or only to read, and return its
 * frame number through *frame.  *taken are the flag bits that were added, which
 * is what grant_release() takes away again: no more, no less.  GNTST_*.
 */
static inline int16_t grant_acquire(grant_entry_v1_t *e, domid_t user, bool write,
				    enum grant_use use, mfn_t *frame, uint16_t *taken)
{
	const uint32_t want = write ? GTF_reading | GTF_writing : GTF_reading;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t seen = READ_ONCE(*grant_word(e));
		int16_t status = grant_judge(seen, user, write, use);

		if (unlikely(status != GNTST_okay))
			return status;
		if (likely(cmpxchg32(grant_word(e), seen, seen | want))) {
			*taken = want & ~seen;
			*frame = MFN(READ_ONCE(e->frame));
			return GNTST_okay;
		}
	}
	return GNTST_general_error;
}

static inline void grant_release(grant_entry_v1_t *e, uint16_t taken)
{
	__sync_fetch_and_and(grant_word(e), ~(uint32_t)taken);
}

/* Take an entry that accepts a page from `from`, for good; GNTST_*.  Its frame is written next. */
int16_t grant_commit_transfer(grant_entry_v1_t *e, domid_t from);
/* Done: the page is there.  Not: as if it had never been committed. */
void grant_end_transfer(grant_entry_v1_t *e, bool done);

/* Do `len` bytes fit into a page behind each of the offsets? */
static inline bool grant_copy_fits(uint32_t source_offset, uint32_t dest_offset, uint32_t len)
{
	return TRUST_CHECK(22, 44, source_offset + len <= PAGE_SIZE) &&
	       TRUST_CHECK(22, 45, dest_offset + len <= PAGE_SIZE);
}

#endif
