/* SPDX-License-Identifier: MIT */
/* See internal.h; tested on the build host. */
#include "internal.h"
#include "trust.h"

uint32_t ring_used(uint32_t prod, uint32_t cons, uint32_t size)
{
	uint32_t used = prod - cons;

	return TRUST_CHECK(24, 40, used <= size) ? used : 0;
}

uint32_t ring_room(uint32_t prod, uint32_t cons, uint32_t size)
{
	uint32_t used = prod - cons;

	return TRUST_CHECK(24, 41, used <= size) ? size - used : 0;
}

uint32_t ring_run(uint32_t at, uint32_t n, uint32_t size)
{
	uint32_t to_end = size - (at & (size - 1));

	return n < to_end ? n : to_end;
}
