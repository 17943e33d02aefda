/* SPDX-License-Identifier: MIT */
/* Making scales: the part of time/scale.h that needs division. */
#include "scale.h"
#include "lib.h"

#define NS_PER_SECOND 1000000000U

/*
 * Bring the frequency into (10^9, 2 * 10^9] by shifting; then 2^32 * 10^9 / hz
 * lies in [2^31, 2^32).
 */
struct timescale timescale_from_hz(uint64_t hz)
{
	struct timescale s = { 0, 0 };

	while (hz <= NS_PER_SECOND) {
		hz <<= 1;
		s.shift++;
	}
	while (hz > 2ULL * NS_PER_SECOND) {
		hz = (hz + 1) >> 1; /* up: 10^9 itself would need 33 bits of mul */
		s.shift--;
	}
	s.mul = div64_32((uint64_t)NS_PER_SECOND << 32, hz, NULL);
	return s;
}

uint64_t measured_hz(uint64_t ticks, uint32_t ref_ticks, uint32_t ref_hz)
{
	uint32_t rest;
	uint64_t per_tick = div64_32(ticks, ref_ticks, &rest);

	return per_tick * ref_hz + div64_32((uint64_t)rest * ref_hz, ref_ticks, NULL);
}

uint64_t median3(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t low = MIN(a, b), high = MAX(a, b);

	return c < low ? low : c > high ? high : c;
}

uint32_t ns_to_ticks(uint64_t ns, uint32_t hz)
{
	uint64_t seconds, ticks;
	uint32_t rest;

	/* Mostly it is less than a second: one division. */
	if (likely(ns < NS_PER_SECOND))
		return div64_32((uint32_t)ns * (uint64_t)hz + NS_PER_SECOND - 1, NS_PER_SECOND,
				NULL);
	seconds = div64_32(ns, NS_PER_SECOND, &rest);
	if (seconds > UINT32_MAX / hz)
		return UINT32_MAX;
	ticks = seconds * hz +
		div64_32((uint64_t)rest * hz + NS_PER_SECOND - 1, NS_PER_SECOND, NULL);
	return MIN(ticks, (uint64_t)UINT32_MAX);
}
