/* SPDX-License-Identifier: MIT */
/* See host.h.  What mm/ needs from the other rooms, in the simplest form that is still true. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say/say.h"
#include "call/call.h"
#include "../../../hypervisor/mm/internal.h"
#include "host.h"

struct page_info frame_table[HOST_FRAMES];
uint32_t m2p_rw[HOST_FRAMES];
uint32_t max_mfn = HOST_FRAMES;
struct vcpu *host_current;
uint32_t host_maps, host_maps_most;
bool host_preempt_at_random;
uint32_t host_preempt_at;
pte_t idle_top_l2[512];

void zero_page(void *page) /* lib/wide.c */
{
	memset(page, 0, PAGE_SIZE);
}

static _Alignas(4096) unsigned char memory[HOST_FRAMES][PAGE_SIZE];
static uint32_t random_state = 1;

void host_seed(uint32_t seed)
{
	random_state = seed ? seed : 1;
}

/* xorshift: small, seeded, the same on every machine. */
uint32_t host_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

void *host_frame(uint32_t mfn)
{
	return memory[mfn];
}

void host_reset(void)
{
	memset(frame_table, 0, sizeof(frame_table));
	memset(memory, 0, sizeof(memory));
	host_maps = host_maps_most = 0;
	host_preempt_at = 0;
}

void *map_frame(mfn_t m)
{
	host_maps_most = MAX(host_maps_most, ++host_maps);
	return memory[m.n];
}

const void *map_table(mfn_t m)
{
	return memory[m.n];
}

void unmap_frame(const void *va)
{
	(void)va;
	host_maps--;
}

/* Called from get_page_type() and put_page_type() between two entries of a table. */
bool preempt_needed(void)
{
	if (host_preempt_at)
		return !--host_preempt_at;
	return host_preempt_at_random && !host_random(3);
}

void breathe(void)
{
}

bool work_noted(void)
{
	return preempt_needed();
}

int32_t trace_error_at(const char *file, int line, int32_t error)
{
	(void)file;
	(void)line;
	return error;
}

/* Nobody counts references to domains here. */
void domain_hold(struct domain *d)
{
}

void domain_put(struct domain *d)
{
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}
