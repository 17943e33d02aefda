/* SPDX-License-Identifier: MIT */
/* Grant tables, version 1 (the interface's grant_table.h): set-up, look-up, copying. */
#ifndef RINGONE_GRANT_ENTRY_H
#define RINGONE_GRANT_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

#include "types.h"

#define GRANTS_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define MAX_GRANT_FRAMES 32

/* Flags and domid of an entry are one word, so that both change or neither does. */
#define GRANT_WORD(flags, domid) ((uint32_t)(flags) | (uint32_t)(domid) << 16)

/* ---- grant/entry.c: no memory but the entry's own; tested on the build host ---- */

/* Where entry `ref` lies; NULL: there is no table, or it ends before (TRUST 22). */
grant_entry_v1_t *grant_entry(void *const *frames, uint32_t nr_frames, grant_ref_t ref);

/*
 * Take an entry into use for `user`, to write or only to read, and return its
 * frame number through *frame.  *taken are the flag bits that were added, which
 * is what grant_release() takes away again: no more, no less.  GNTST_*.
 */
int16_t grant_acquire(grant_entry_v1_t *e, domid_t user, bool write, mfn_t *frame, uint16_t *taken);
void grant_release(grant_entry_v1_t *e, uint16_t taken);

/* Take an entry that accepts a page from `from`, for good; GNTST_*.  Its frame is written next. */
int16_t grant_commit_transfer(grant_entry_v1_t *e, domid_t from);
/* Done: the page is there.  Not: as if it had never been committed. */
void grant_end_transfer(grant_entry_v1_t *e, bool done);

/* Do `len` bytes fit into a page behind each of the offsets? */
bool grant_copy_fits(uint32_t source_offset, uint32_t dest_offset, uint32_t len);

#endif
