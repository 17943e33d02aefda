/* SPDX-License-Identifier: MIT */
/*
 * From ticks to nanoseconds and back, in integers.
 *
 * A scale is what the interface's vcpu_time_info carries, so that hypervisor
 * and guests compute the same number from the same TSC:
 *
 *	ns = ((ticks << shift) * mul) >> 32	(shift may be negative)
 *
 * mul is kept in 2^31 .. 2^32-1, which makes it exact to one part in 2^31.
 * Both roundings are downwards, so that splitting a span in two never yields
 * more than the whole: time read from an older stamp is never ahead.
 */
#ifndef RINGONE_TIMESCALE_H
#define RINGONE_TIMESCALE_H

#include "types.h"

struct timescale {
	uint32_t mul;
	int8_t shift;
};

/* The scale of a clock of `hz` ticks a second; hz 1000 .. 2^40. */
struct timescale timescale_from_hz(uint64_t hz);

/* Frequency from ticks counted while a clock of ref_hz counted ref_ticks (not 0). */
uint64_t measured_hz(uint64_t ticks, uint32_t ref_ticks, uint32_t ref_hz);

/* Middle one of three. */
uint64_t median3(uint64_t a, uint64_t b, uint64_t c);

/* Ticks in `ns`, rounded up, at most UINT32_MAX: a timer must not fire early. */
uint32_t ns_to_ticks(uint64_t ns, uint32_t hz);

static inline uint64_t ticks_to_ns(uint64_t ticks, struct timescale s)
{
	if (s.shift < 0)
		ticks >>= -s.shift;
	else
		ticks <<= s.shift;
	return (((uint32_t)ticks * (uint64_t)s.mul) >> 32) + (ticks >> 32) * s.mul;
}

#endif
