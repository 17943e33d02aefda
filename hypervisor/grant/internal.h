/* SPDX-License-Identifier: MIT */
/*
 * What the files of this room share.
 *
 * A grant has two sides.  The *granter* has a table in memory it can write, and
 * we have an active entry for each of its entries that is in use: which frame,
 * for whom, how many readers and writers.  What an active entry says holds,
 * whatever the granter writes meanwhile.  The *user* has tracks: one for each of
 * its mappings, numbered by the handle it was given, which says what was taken
 * and so what has to be given back (TRUST 22, XSA-224, 234).
 */
#ifndef RINGONE_GRANT_INTERNAL_H
#define RINGONE_GRANT_INTERNAL_H

#include "entry.h"
#include "call/call.h"
#include "domain/domain.h"
#include "mm/mm.h"

/* ---- active.c: the granter's grant_lock is held ---- */

struct active_grant {
	mfn_t frame;
	uint16_t readers, writers;
	domid_t user;
};

/* One more use of rd's entry by `user`; its frame.  GNTST_*. */
int16_t grant_pin(struct domain *rd, grant_ref_t ref, domid_t user, bool write, mfn_t *frame);
void grant_unpin(struct domain *rd, grant_ref_t ref, bool write);
bool grant_pinned(const struct domain *rd, grant_ref_t ref);

/* ---- track.c: the user's grant_lock is held ---- */

struct grant_track {
	struct domain *granter; /* with a reference; NULL: free */
	grant_ref_t ref;        /* free: the next free handle */
	struct entry_place at;  /* TRACK_HOST: where it was mapped */
	mfn_t frame;
	uint16_t flags;
};
#define TRACK_WRITE  1
#define TRACK_HOST   2 /* an entry of the user's tables holds the page */
#define TRACK_DEVICE 4 /* the track itself does */
#define TRACK_GOING  8 /* unmapped, and only waits for a flush */

#define NO_HANDLE 0xffffffffU
struct grant_track *track_alloc(struct domain *d, grant_handle_t *handle);
struct grant_track *track_of(struct domain *d, grant_handle_t handle); /* in use, or NULL */
void track_free(struct domain *d, grant_handle_t handle);
grant_handle_t track_end(const struct domain *d); /* no handle is as high */

/* ---- audit.c: while nothing runs ---- */

uint32_t grants_audit(void);
uint32_t grants_domain_refs(const struct domain *granter);

/*
 * ---- the handlers of grant_table_op ----
 *
 * Of an array each element has a status of its own.  c->notes are the unmaps of
 * this call that wait for a flush, and the last element that was mapped.
 */

#define UNMAPS_A_FLUSH 16
struct grant_unmaps {
	uint32_t n;
	struct unmap { /* between the entry's end and the flush */
		grant_handle_t handle;
		struct domain *granter;
		grant_ref_t ref;
		bool write;
	} done[UNMAPS_A_FLUSH];
	grant_handle_t mapped; /* NO_HANDLE: none */
	gva_t mapped_at;       /* the element */
	uint64_t host_addr;
};
void grant_unmap_untold(struct domain *d, struct grant_unmaps *u);  /* map.c; a list of maps */
void grant_finish_unmaps(struct domain *d, struct grant_unmaps *u); /* map.c */

#define OP(name, argument, way, privilege, count, summary) \
	int32_t grantop_##name(struct subop_call *c, argument *op);
#include "grant/grant_ops.def"
#undef OP

#endif
