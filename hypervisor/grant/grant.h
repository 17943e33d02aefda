/* SPDX-License-Identifier: MIT */
/* Grant tables: the hypercall and the unit call in here (grant/grant.c), and who makes a domain. */
#ifndef RINGONE_GRANT_H
#define RINGONE_GRANT_H

#include "types.h"

struct domain;

/* Before it runs: of its own table, and of what it may map of others. */
void grant_limit(struct domain *d, uint32_t frames, uint32_t maptrack_frames);

#endif
