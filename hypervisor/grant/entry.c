/* SPDX-License-Identifier: MIT */
/* One grant entry: what entry.h does not have inline. */
#include "entry.h"
#include "trust.h"

int16_t grant_commit_transfer(grant_entry_v1_t *e, domid_t from)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t seen = READ_ONCE(*grant_word(e));
		uint16_t flags = seen, domid = seen >> 16;

		/* No flag: not committed, not completed, not anything else. */
		if (!TRUST_CHECK(22, 55, flags == GTF_accept_transfer))
			return GNTST_general_error;
		if (!TRUST_CHECK(22, 56, domid == from))
			return GNTST_general_error;
		if (__sync_bool_compare_and_swap(grant_word(e), seen,
						 GRANT_WORD(flags | GTF_transfer_committed, domid)))
			return GNTST_okay;
	}
	return GNTST_general_error;
}

void grant_end_transfer(grant_entry_v1_t *e, bool done)
{
	if (done)
		__sync_fetch_and_or(grant_word(e), (uint32_t)GTF_transfer_completed);
	else
		__sync_fetch_and_and(grant_word(e), ~(uint32_t)GTF_transfer_committed);
}
