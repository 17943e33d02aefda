/* SPDX-License-Identifier: MIT */
/*
 * The 2-level event bitmaps of the shared page, as pure operations on words
 * (the rules are those of struct shared_info's comment in xen.h).
 *
 *	pending[32]	one bit per port, set by us, cleared by the guest
 *	mask[32]	one bit per port, the guest's
 *	selector	one bit per word of pending: "look there"; per VCPU
 *
 * All of it is guest memory that another processor may write meanwhile: the
 * changes are atomic, and what was read is used once.
 */
#ifndef RINGONE_EVENT_BITMAP_H
#define RINGONE_EVENT_BITMAP_H

#include "lib.h"
#include "types.h"

#define EVENT_WORD_BITS 32

enum event_effect {
	EVENT_WAS_PENDING, /* nothing new */
	EVENT_QUIET,       /* now pending, but masked or already announced */
	EVENT_UPCALL,      /* now pending and newly announced: the VCPU wants an upcall */
};

static inline bool event_announce(uint32_t port, uint32_t *selector)
{
	return !test_and_set_bit(port / EVENT_WORD_BITS, selector);
}

static inline enum event_effect event_set(uint32_t port, uint32_t *pending, const uint32_t *mask,
					  uint32_t *selector)
{
	if (test_and_set_bit(port, pending))
		return EVENT_WAS_PENDING;
	/* The pending bit first, then the mask: who unmasks looks in the other order. */
	if (test_bit(port, mask) || !event_announce(port, selector))
		return EVENT_QUIET;
	return EVENT_UPCALL;
}

/* Clear the mask on the guest's behalf; true when an upcall is wanted now. */
static inline bool event_unmask(uint32_t port, const uint32_t *pending, uint32_t *mask,
				uint32_t *selector)
{
	return test_and_clear_bit(port, mask) && test_bit(port, pending) &&
	       event_announce(port, selector);
}

#endif
