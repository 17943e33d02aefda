/* SPDX-License-Identifier: MIT */
/* The part of a domain that grant/ keeps. */
#ifndef RINGONE_GRANT_PARTS_H
#define RINGONE_GRANT_PARTS_H

#include "locks.h"
#include "types.h"

struct active_grant;
struct grant_track;

#define MAX_TRACK_PAGES 256 /* of 128 handles */

struct grant_table {
	spinlock_t lock;
	mfn_t frames[32]; /* shared pages, v1 */
	void *va[32];
	struct active_grant *active[32]; /* their entries in use; on demand */
	uint32_t nr_frames, max_frames;
	struct grant_track **tracks; /* what this domain maps of others, by handle; on demand */
	uint32_t nr_track_pages, max_track_pages, free_track, tracks_left;
};

#endif
