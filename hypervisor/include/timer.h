/* SPDX-License-Identifier: MIT */
/* A timer, as it lies in whoever owns it; time/ runs it. */
#ifndef RINGONE_TIMER_H
#define RINGONE_TIMER_H

#include "types.h"

struct timer {
	uint64_t expires; /* ns of system time; 0 = not queued */
	void (*fn)(void *arg);
	void *arg;
	struct timer *next;
};

#endif
