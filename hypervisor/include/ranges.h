/* SPDX-License-Identifier: MIT */
/* A small set of numbers, as ranges: frames that are not RAM and that a domain may map. */
#ifndef RINGONE_RANGES_H
#define RINGONE_RANGES_H

#include "types.h"

#define MAX_RANGES 12

struct ranges {
	uint32_t nr;
	struct {
		uint32_t first, end; /* not empty, ascending, never touching each other */
	} r[MAX_RANGES];
};

bool ranges_have(const struct ranges *s, uint32_t n);
/* 0, or -XEN_ENOSPC with the set as it was: there would be too many. */
int ranges_add(struct ranges *s, uint32_t first, uint32_t end);
int ranges_remove(struct ranges *s, uint32_t first, uint32_t end);

#endif
