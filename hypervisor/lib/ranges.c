/* SPDX-License-Identifier: MIT */
/* Sets of numbers (ranges.h): both operations write a new set beside the old one. */
#include "ranges.h"
#include <xen/errno.h>

bool ranges_have(const struct ranges *s, uint32_t n)
{
	for (uint32_t i = 0; i < s->nr; i++)
		if (n >= s->r[i].first && n < s->r[i].end)
			return true;
	return false;
}

/* Put one more at the end, joined with the last one if they touch. */
static bool append(struct ranges *s, uint32_t first, uint32_t end)
{
	if (first >= end)
		return true;
	if (s->nr && s->r[s->nr - 1].end >= first) {
		s->r[s->nr - 1].end = MAX(s->r[s->nr - 1].end, end);
		return true;
	}
	if (s->nr == MAX_RANGES)
		return false;
	s->r[s->nr].first = first;
	s->r[s->nr++].end = end;
	return true;
}

int ranges_add(struct ranges *s, uint32_t first, uint32_t end)
{
	struct ranges new = { 0 };
	bool ok = true, placed = false;

	for (uint32_t i = 0; i < s->nr && ok; i++) {
		if (!placed && first < s->r[i].first) {
			ok = append(&new, first, end);
			placed = true;
		}
		ok = ok && append(&new, s->r[i].first, s->r[i].end);
	}
	if (ok && !placed)
		ok = append(&new, first, end);
	if (!ok)
		return -XEN_ENOSPC;
	*s = new;
	return 0;
}

int ranges_remove(struct ranges *s, uint32_t first, uint32_t end)
{
	struct ranges new = { 0 };
	bool ok = true;

	for (uint32_t i = 0; i < s->nr && ok; i++) {
		ok = append(&new, s->r[i].first, MIN(s->r[i].end, first));
		ok = ok && append(&new, MAX(s->r[i].first, end), s->r[i].end);
	}
	if (!ok)
		return -XEN_ENOSPC;
	*s = new;
	return 0;
}
