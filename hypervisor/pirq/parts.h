/* SPDX-License-Identifier: MIT */
/* The part of a domain that pirq/ keeps, under its events.lock. */
#ifndef RINGONE_PIRQ_PARTS_H
#define RINGONE_PIRQ_PARTS_H

#include "types.h"

struct pirq;

struct pirq_domain {
	uint32_t *eoi_map; /* its page of bits, or NULL (pirq/eoi_map.c) */
	mfn_t eoi_mfn;
	bool eoi_unmasks;
	struct pirq *table; /* NR_PIRQS; NULL: none but the privileged have any */
};

#endif
