/* SPDX-License-Identifier: MIT */
/*
 * One grant entry.  It lies in memory that the granting guest can write at any
 * moment, so it is read once, judged from that copy, and changed by cmpxchg
 * against it: what was judged is what is taken (TRUST 22).
 */
#include "entry.h"
#include "trust.h"

#define MAX_TRIES 16 /* a guest that keeps rewriting its entry gets an error, not our time */

grant_entry_v1_t *grant_entry(void *const *frames, uint32_t nr_frames, grant_ref_t ref)
{
	if (!TRUST_CHECK(22, 40, ref < nr_frames * GRANTS_PER_FRAME))
		return NULL;
	return (grant_entry_v1_t *)frames[ref / GRANTS_PER_FRAME] + ref % GRANTS_PER_FRAME;
}

static uint32_t *word_of(grant_entry_v1_t *e)
{
	return (uint32_t *)e;
}

static int16_t judge(uint16_t flags, domid_t domid, domid_t user, bool write)
{
	if (!TRUST_CHECK(22, 41, (flags & GTF_type_mask) == GTF_permit_access))
		return GNTST_bad_gntref;
	if (!TRUST_CHECK(22, 42, domid == user))
		return GNTST_permission_denied;
	if (write && !TRUST_CHECK(22, 43, !(flags & GTF_readonly)))
		return GNTST_permission_denied;
	return GNTST_okay;
}

int16_t grant_acquire(grant_entry_v1_t *e, domid_t user, bool write, mfn_t *frame, uint16_t *taken)
{
	const uint16_t want = write ? GTF_reading | GTF_writing : GTF_reading;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t seen = READ_ONCE(*word_of(e));
		uint16_t flags = seen, domid = seen >> 16;
		int16_t status = judge(flags, domid, user, write);

		if (status != GNTST_okay)
			return status;
		if (__sync_bool_compare_and_swap(word_of(e), seen,
						 GRANT_WORD(flags | want, domid))) {
			*taken = want & ~flags;
			*frame = MFN(READ_ONCE(e->frame));
			return GNTST_okay;
		}
	}
	return GNTST_eagain;
}

void grant_release(grant_entry_v1_t *e, uint16_t taken)
{
	__sync_fetch_and_and(word_of(e), ~(uint32_t)taken);
}

int16_t grant_commit_transfer(grant_entry_v1_t *e, domid_t from)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t seen = READ_ONCE(*word_of(e));
		uint16_t flags = seen, domid = seen >> 16;

		/* No flag: not committed, not completed, not anything else. */
		if (!TRUST_CHECK(22, 55, flags == GTF_accept_transfer))
			return GNTST_bad_gntref;
		if (!TRUST_CHECK(22, 56, domid == from))
			return GNTST_permission_denied;
		if (__sync_bool_compare_and_swap(word_of(e), seen,
						 GRANT_WORD(flags | GTF_transfer_committed, domid)))
			return GNTST_okay;
	}
	return GNTST_eagain;
}

void grant_end_transfer(grant_entry_v1_t *e, bool done)
{
	if (done)
		__sync_fetch_and_or(word_of(e), (uint32_t)GTF_transfer_completed);
	else
		__sync_fetch_and_and(word_of(e), ~(uint32_t)GTF_transfer_committed);
}

bool grant_copy_fits(uint32_t source_offset, uint32_t dest_offset, uint32_t len)
{
	return TRUST_CHECK(22, 44, source_offset + len <= PAGE_SIZE) &&
	       TRUST_CHECK(22, 45, dest_offset + len <= PAGE_SIZE);
}
