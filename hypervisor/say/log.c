/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor has printed, kept for `xl dmesg`: the last 16 KiB.
 *
 * Positions count all bytes ever printed, so who reads on from where it
 * stopped (incremental) finds out by itself what was overwritten meanwhile.
 */
#include "locks.h"
#include "percpu.h"
#include "say.h"

#define RING_SIZE 16384

static char ring[RING_SIZE];
static uint32_t printed, cleared; /* bytes in all; where a reader from the start begins */
static spinlock_t log_lock;

/* Called for each line of ours, from anywhere: who listens is told on the way out. */
void message_log_put(const char *s, uint32_t bytes)
{
	spin_lock(&log_lock);
	for (uint32_t i = 0; i < bytes; i++)
		ring[printed++ % RING_SIZE] = s[i];
	if (printed - cleared > RING_SIZE)
		cleared = printed - RING_SIZE;
	spin_unlock(&log_lock);
	this_cpu()->softirq |= SOFTIRQ_CONSOLE;
}

/* Of what is kept, the position of the first byte and of the next one to come. */
void message_log_bounds(uint32_t *first, uint32_t *end)
{
	*first = cleared;
	*end = printed;
}

/* A stretch of it that lies in a row: where it is, and how long it is at most up to `end`. */
const char *message_log_at(uint32_t from, uint32_t end, uint32_t *bytes)
{
	uint32_t at = from % RING_SIZE;

	*bytes = MIN(end - from, RING_SIZE - at);
	return &ring[at];
}

/* Who reads from the start begins here from now on. */
void message_log_clear(uint32_t position)
{
	cleared = position;
}
