/* SPDX-License-Identifier: MIT */
/*
 * Entries in use.  The first user reads the granter's entry; as long as there is
 * one, frame and user stand here and the granter's memory is asked only whether
 * it may also be written.  The flags in the entry tell the granter that it is in
 * use, and are taken away with the last one.
 */
#include "internal.h"
#include "trust.h"

#define MAX_PINS 0xffffU

/* Of a reference that grant_entry() knows; NULL: it was never in use. */
static inline struct active_grant *active_of(const struct domain *d, grant_ref_t ref)
{
	struct active_grant *frame = d->grants.active[ref / GRANTS_PER_FRAME];

	return likely(frame) ? &frame[ref % GRANTS_PER_FRAME] : NULL;
}

/* With room made for it; NULL: no memory. */
static inline struct active_grant *active_get(struct domain *d, grant_ref_t ref)
{
	struct active_grant **frame = &d->grants.active[ref / GRANTS_PER_FRAME];

	if (unlikely(!*frame))
		*frame = heap_alloc_for(d, GRANTS_PER_FRAME * sizeof(**frame));
	return active_of(d, ref);
}

bool grant_pinned(const struct domain *rd, grant_ref_t ref)
{
	const struct active_grant *a;

	if (!grant_entry(rd->grants.va, rd->grants.nr_frames, ref))
		return false;
	a = active_of(rd, ref);
	return a && (a->readers || a->writers);
}

int16_t grant_pin(struct domain *rd, grant_ref_t ref, domid_t user, bool write, mfn_t *frame)
{
	grant_entry_v1_t *e = grant_entry(rd->grants.va, rd->grants.nr_frames, ref);
	struct active_grant *a;
	uint16_t taken;
	int16_t status;
	bool first;

	if (!e)
		return GNTST_bad_gntref;
	a = active_get(rd, ref);
	if (unlikely(!a))
		return GNTST_no_space;
	first = !a->readers && !a->writers;
	if (!first && !TRUST_CHECK(22, 50, a->user == user))
		return GNTST_general_error;
	if (!TRUST_CHECK(22, 51, a->readers < MAX_PINS && a->writers < MAX_PINS))
		return GNTST_general_error;
	if (first || TRUST_WHEN(22, 111, write && !a->writers)) {
		status = grant_acquire(e, user, write, GRANT_TO_MAP, frame, &taken);
		if (status != GNTST_okay)
			return status;
	}
	if (first) {
		a->frame = *frame;
		a->user = user;
	}
	*frame = a->frame;
	if (write)
		a->writers++;
	else
		a->readers++;
	return GNTST_okay;
}

void grant_unpin(struct domain *rd, grant_ref_t ref, bool write)
{
	grant_entry_v1_t *e = grant_entry(rd->grants.va, rd->grants.nr_frames, ref);
	struct active_grant *a;
	uint16_t gone = 0;

	if (!e) /* the granter is dead, and its table with it */
		return;
	a = active_of(rd, ref);
	if (unlikely(!a))
		return;
	if (write)
		a->writers--;
	else
		a->readers--;
	if (!a->writers)
		TRUST_EFFECT(22, 112, gone |= GTF_writing);
	if (!a->writers && !a->readers)
		TRUST_EFFECT(22, 113, gone |= GTF_reading);
	if (gone)
		grant_release(e, gone);
}
