/* SPDX-License-Identifier: MIT */
/* Grant tables: the hypercall and the unit call in here (grant/grant.c), and who makes a domain. */
#ifndef RINGONE_GRANT_H
#define RINGONE_GRANT_H

#include "types.h"

struct domain;

void grant_limit_frames(struct domain *d, uint32_t frames); /* before it runs */

#endif
