/* SPDX-License-Identifier: MIT */
/* The parts of a domain and a VCPU that time/ keeps. */
#ifndef RINGONE_TIME_PARTS_H
#define RINGONE_TIME_PARTS_H

#include "timer.h"
#include "types.h"

struct time_domain {
	uint64_t boot;  /* system time at creation, ns */
	int64_t offset; /* seconds that its wallclock is off UTC */
};

struct time_vcpu {
	gva_t time_area; /* registered; 0: none */
	uint32_t time_area_version;
	struct timer singleshot, periodic;
	uint64_t periodic_ns, periodic_next;
	bool periodic_wakes; /* asked for; the tick one starts with is not */
};

#endif
