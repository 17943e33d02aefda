/* SPDX-License-Identifier: MIT */
/* A domain's mappings of grants, by handle. */
#include "internal.h"
#include "lib.h"

#define TRACKS_PER_PAGE (PAGE_SIZE / sizeof(struct grant_track)) /* a power of two */

struct grant_track *track_of(struct domain *d, grant_handle_t handle)
{
	struct grant_table *t = &d->grants;
	struct grant_track *track;

	if (handle >= t->nr_track_pages * TRACKS_PER_PAGE)
		return NULL;
	track = &t->tracks[handle / TRACKS_PER_PAGE][handle % TRACKS_PER_PAGE];
	return track->granter ? track : NULL;
}

grant_handle_t track_end(const struct domain *d)
{
	return d->grants.nr_track_pages * TRACKS_PER_PAGE;
}

static struct grant_track *slot(struct grant_table *t, grant_handle_t handle)
{
	return &t->tracks[handle / TRACKS_PER_PAGE][handle % TRACKS_PER_PAGE];
}

/* One more page of them; the list of free ones begins with 1 for "handle 0". */
static bool grow(struct domain *d)
{
	struct grant_table *t = &d->grants;
	uint32_t first = t->nr_track_pages * TRACKS_PER_PAGE;
	struct grant_track *page;

	if (!TRUST_CHECK(22, 58, t->nr_track_pages < t->max_track_pages))
		return false;
	if (!t->tracks) /* most domains map nothing of others */
		t->tracks = heap_alloc_for(d, MAX_TRACK_PAGES * sizeof(*t->tracks));
	page = t->tracks ? heap_alloc_for(d, PAGE_SIZE) : NULL;
	if (!page)
		return false;
	t->tracks[t->nr_track_pages++] = page;
	for (uint32_t i = TRACKS_PER_PAGE; i-- > 0;) {
		page[i].ref = t->free_track;
		t->free_track = first + i + 1;
	}
	return true;
}

/* A free one; it is in use once its granter is set.  NULL: no more handles, or no memory. */
struct grant_track *track_alloc(struct domain *d, grant_handle_t *handle)
{
	struct grant_table *t = &d->grants;
	struct grant_track *track;

	if (!t->free_track && !grow(d))
		return NULL;
	*handle = t->free_track - 1;
	track = slot(t, *handle);
	t->free_track = track->ref;
	return track;
}

void track_free(struct domain *d, grant_handle_t handle)
{
	struct grant_table *t = &d->grants;
	struct grant_track *track = slot(t, handle);

	track->granter = NULL;
	track->ref = t->free_track;
	t->free_track = handle + 1;
}
