/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_WIRE_H
#define RINGONE_WIRE_H

/*
 * The arithmetic of shared rings (io/ring.h), for both ends: the shim's front ends and the back
 * ends in backends/ use the same functions, and both distrust the other side's numbers.
 *
 *	  shared page                           one end's own memory
 *	+-----------+-----------+-----------+---
 *	| indexes   | entry 0   | entry 1   |    consumed <= the other side's producer index
 *	| 64 bytes  | request, then answer  |    produced  = ours, shown to it by a push
 *	+-----------+-----------+-----------+---
 *
 * Indexes run freely; an entry's place is its index modulo the number of entries, a power of two.
 * What the other side may have put there is bounded by what is under way:
 *
 *	answers waiting  <= requests put and not yet answered
 *	requests waiting <= entries - requests taken and not yet answered
 *
 * An index beyond that is a lie; the functions below return -1 then, and never touch an entry.
 * Includes no header of Xen's: it stands alone, in a guest, in dom0's user space, on a build host.
 */
#include <stdint.h>

#define RINGONE_RING_HEAD 64 /* bytes before entry 0 */

struct ringone_ring_head {
	volatile uint32_t req_prod, req_event;
	volatile uint32_t rsp_prod, rsp_event;
	uint8_t rest[48];
};

/* One end's view. */
struct ringone_ring {
	struct ringone_ring_head *head;
	uint32_t entries, stride; /* how many, bytes each */
	uint32_t produced;        /* requests put (front end), answers put (back end) */
	uint32_t consumed;        /* answers taken (front end), requests taken (back end) */
};

/* Entries of @stride bytes in a ring of @bytes: the largest power of two that fits, 0: none. */
static inline uint32_t ringone_ring_entries(uint32_t bytes, uint32_t stride)
{
	uint32_t n = 1;

	if (!stride || bytes < RINGONE_RING_HEAD || (bytes - RINGONE_RING_HEAD) / stride < 1)
		return 0;
	while (n * 2 <= (bytes - RINGONE_RING_HEAD) / stride)
		n *= 2;
	return n;
}

/* A front end begins a ring on @page. */
static inline void ringone_ring_begin(struct ringone_ring *r, void *page, uint32_t bytes,
				      uint32_t stride)
{
	struct ringone_ring_head *h = (struct ringone_ring_head *)page;

	h->req_prod = h->rsp_prod = 0;
	h->req_event = h->rsp_event = 1;
	__builtin_memset(h->rest, 0, sizeof(h->rest));
	r->head = h;
	r->entries = ringone_ring_entries(bytes, stride);
	r->stride = stride;
	r->produced = r->consumed = 0;
}

/*
 * A back end takes a ring over: at the answers that are shown, and @taken requests further, which
 * were taken by whoever served it before and are still to be answered (0 on a fresh ring).
 */
static inline void ringone_ring_attach(struct ringone_ring *r, void *page, uint32_t bytes,
				       uint32_t stride, uint32_t taken)
{
	r->head = (struct ringone_ring_head *)page;
	r->entries = ringone_ring_entries(bytes, stride);
	r->stride = stride;
	r->produced = r->head->rsp_prod;
	r->consumed = r->produced + taken;
}

static inline void *ringone_ring_at(const struct ringone_ring *r, uint32_t index)
{
	return (uint8_t *)r->head + RINGONE_RING_HEAD + (index & (r->entries - 1)) * r->stride;
}

/* Requests a front end may still put. */
static inline uint32_t ringone_ring_free(const struct ringone_ring *r)
{
	return r->entries - (r->produced - r->consumed);
}

/* How many of the other side's entries wait, given @index of theirs and @room for them. */
static inline int32_t ringone_ring_waiting(const struct ringone_ring *r, uint32_t index,
					   uint32_t room)
{
	uint32_t n = index - r->consumed;

	/* The entries were written before the index: read them after it. */
	__asm__ volatile("" : : : "memory");
	return n > room ? -1 : (int32_t)n;
}

static inline int32_t ringone_ring_answers(const struct ringone_ring *r)
{
	return ringone_ring_waiting(r, r->head->rsp_prod, r->produced - r->consumed);
}

static inline int32_t ringone_ring_requests(const struct ringone_ring *r)
{
	return ringone_ring_waiting(r, r->head->req_prod, r->entries - (r->consumed - r->produced));
}

/*
 * Takes the next entry, of which one is waiting: its first @len bytes are copied, once; what the
 * other side writes there from now on makes no difference.
 */
static inline void ringone_ring_take(struct ringone_ring *r, void *copy, uint32_t len)
{
	__builtin_memcpy(copy, ringone_ring_at(r, r->consumed), len < r->stride ? len : r->stride);
	__asm__ volatile("" : : "r"(copy) : "memory");
	r->consumed++;
}

/* Puts the next entry, for which there is room: @len bytes. Nobody sees it before the push. */
static inline void ringone_ring_put(struct ringone_ring *r, const void *entry, uint32_t len)
{
	__builtin_memcpy(ringone_ring_at(r, r->produced), entry, len < r->stride ? len : r->stride);
	r->produced++;
}

/* Did the other side ask to hear of an entry between @before and @now? */
static inline int ringone_ring_asked(uint32_t event, uint32_t before, uint32_t now)
{
	return now - event < now - before;
}

/* Shows what was put; 1: the other side wants to be notified. */
static inline int ringone_ring_push_requests(struct ringone_ring *r)
{
	uint32_t before = r->head->req_prod;

	__asm__ volatile("" : : : "memory");
	r->head->req_prod = r->produced;
	__sync_synchronize();
	return ringone_ring_asked(r->head->req_event, before, r->produced);
}

static inline int ringone_ring_push_answers(struct ringone_ring *r)
{
	uint32_t before = r->head->rsp_prod;

	__asm__ volatile("" : : : "memory");
	r->head->rsp_prod = r->produced;
	__sync_synchronize();
	return ringone_ring_asked(r->head->rsp_event, before, r->produced);
}

/* Asks to be told of the next entry; 1: one has come meanwhile (or a lie), go on looking. */
static inline int ringone_ring_sleep_answers(struct ringone_ring *r)
{
	r->head->rsp_event = r->consumed + 1;
	__sync_synchronize();
	return ringone_ring_answers(r) > 0;
}

static inline int ringone_ring_sleep_requests(struct ringone_ring *r)
{
	r->head->req_event = r->consumed + 1;
	__sync_synchronize();
	return ringone_ring_requests(r) > 0;
}

#endif
