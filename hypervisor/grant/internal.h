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
	uint32_t flags;
	uint32_t unused[2]; /* found by shifts alone */
};
_Static_assert(sizeof(struct grant_track) == 32, "a page holds a power of two of them");
#define TRACK_WRITE  1
#define TRACK_HOST   2 /* an entry of the user's tables holds the page */
#define TRACK_DEVICE 4 /* the track itself does */
#define TRACK_GOING  8 /* unmapped, and only waits for a flush */

#define TRACKS_A_BREATH 256
#define NO_HANDLE       0xffffffffU
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
 * Of an array each element has a status of its own.  What kernels ask for all the
 * time goes through its array itself, here: an element is read as far as it is a
 * question and written as far as it is an answer, its range checked before.
 */

#define OP(name, argument, way, privilege, count, summary) \
	int32_t grantop_##name(struct subop_call *c, argument *op);
#include "grant/grant_ops.def"
#undef OP

/* One element, at c->at, which may be named by then: 0, or -XEN_EFAULT. */
typedef int32_t (*grant_element)(struct subop_call *c, void *notes);

#define GRANTS_BETWEEN_CHECKS 4 /* a copy of a page is a thousand instructions */

/* All of c's, or until something else is due; `size` and `one` are known while compiling. */
static inline __attribute__((always_inline)) int32_t grant_list(struct subop_call *c, uint32_t size,
								grant_element one, void *notes)
{
	while (c->count) {
		if (unlikely(!guest_words_ok(c->d, c->at, size)) || unlikely(one(c, notes)))
			return trace_error(-XEN_EFAULT);
		c->at = gva_add(c->at, size);
		if (--c->count && !(c->count % GRANTS_BETWEEN_CHECKS) && preempt_needed())
			return hypercall_continue(__HYPERVISOR_grant_table_op, 3, c->cmd, c->at.a,
						  c->count, 0);
	}
	return 0;
}

#define GRANT_FIELD(c, type, field) gva_add((c)->at, offsetof(type, field))

/* The status of an element, a half of a word that nothing else of it need share. */
static inline __attribute__((always_inline)) bool put_status(gva_t at, int16_t status)
{
	return put_guest_half(at, status);
}

/* The domain that an element names, with a reference: mostly that of the one before. */
struct grant_domain {
	struct domain *d; /* NULL: there is none of that number */
	uint32_t id;      /* as it was named */
};
#define GRANT_NO_DOMAIN          \
	(struct grant_domain)    \
	{                        \
		NULL, 0xffffffff \
	} /* no number is as large */

static inline void grant_domain_forget(struct grant_domain *g)
{
	if (g->d)
		domain_put(g->d);
}

/* Another one, or NULL (grant.c). */
struct domain *grant_domain_change(struct grant_domain *g, const struct domain *self, domid_t id);

static inline struct domain *grant_domain(struct grant_domain *g, const struct domain *self,
					  domid_t id)
{
	return likely(TRUST_CHECK(22, 70, g->id == id)) ? g->d : grant_domain_change(g, self, id);
}

/* ---- unmap.c ---- */

void put_for_device(mfn_t frame, bool write); /* a page held by a track itself */

/* Unmaps that wait for a flush. */

#define UNMAPS_A_FLUSH 16
struct grant_unmaps {
	uint32_t n;
	struct unmap { /* between the entry's end and the flush */
		grant_handle_t handle;
		struct domain *granter;
		grant_ref_t ref;
		bool write;
	} done[UNMAPS_A_FLUSH];
};
/* Take the mapping out of the user's table; GNTST_*.  One that is over is noted in `u`. */
int16_t grant_unmap_one(struct domain *d, grant_handle_t handle, uint64_t host_addr,
			uint64_t device_addr, struct grant_unmaps *u);
void grant_finish_unmaps(struct domain *d, struct grant_unmaps *u); /* with the flush */
void unmaps_finish(struct domain *d, struct grant_unmaps *u);       /* none is needed; n is not 0 */

#endif
