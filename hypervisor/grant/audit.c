/* SPDX-License-Identifier: MIT */
/*
 * For an audit of everything: do the uses of entries, as their granters have
 * them, and the mappings of all domains agree?  Each mapping takes its use out
 * of its entry's counts, then all of them must be zero, then each puts it back:
 * no memory is needed, and what was wrong stays as wrong as it was.
 */
#include "internal.h"
#include "say/say.h"

/* A use of `t`, added or taken out; 1 when its granter has no such entry. */
static uint32_t count(const struct domain *d, const struct grant_track *t, int16_t n)
{
	struct active_grant *page = t->granter->grants.active[t->ref / GRANTS_PER_FRAME];
	struct active_grant *a = page ? &page[t->ref % GRANTS_PER_FRAME] : NULL;

	if (!t->granter->grants.nr_frames) /* its table went with it: nobody is told any more */
		return 0;
	if (!a || !mfn_eq(a->frame, t->frame) || a->user != d->id) {
		if (n < 0)
			printk(LOG_ERR, "audit: grant %u of domain %u, mapped by %u: another one\n",
			       t->ref, t->granter->id, d->id);
		return n < 0;
	}
	if (t->flags & TRACK_WRITE)
		a->writers += n;
	else
		a->readers += n;
	return 0;
}

static uint32_t count_all(int16_t n)
{
	uint32_t bad = 0;

	for (struct domain *d = domains; d; d = d->next) {
		for (grant_handle_t h = 0; h < track_end(d); h++) {
			const struct grant_track *t = track_of(d, h);

			bad += t ? count(d, t, n) : 0;
			if (h % TRACKS_A_BREATH == 0)
				breathe();
		}
		breathe();
	}
	return bad;
}

static uint32_t unexplained(const struct domain *d)
{
	uint32_t bad = 0;

	for (uint32_t i = 0; i < d->grants.nr_frames; i++) {
		const struct active_grant *a = d->grants.active[i];

		for (uint32_t j = 0; a && j < GRANTS_PER_FRAME; j++) {
			if (!a[j].readers && !a[j].writers)
				continue;
			bad++;
			printk(LOG_ERR,
			       "audit: grant %u of domain %u: %d readers and %d writers too many\n",
			       (uint32_t)(i * GRANTS_PER_FRAME + j), d->id, (int16_t)a[j].readers,
			       (int16_t)a[j].writers);
		}
	}
	return bad;
}

uint32_t grants_audit(void)
{
	uint32_t bad = count_all(-1);

	for (const struct domain *d = domains; d; d = d->next)
		bad += unexplained(d);
	count_all(1);
	return bad;
}

/* Each mapping holds its granter. */
uint32_t grants_domain_refs(const struct domain *granter)
{
	uint32_t n = 0;

	for (struct domain *d = domains; d; d = d->next)
		for (grant_handle_t h = 0; h < track_end(d); h++) {
			const struct grant_track *t = track_of(d, h);

			if (h % TRACKS_A_BREATH == 0)
				breathe();
			n += t && t->granter == granter;
		}
	return n;
}
