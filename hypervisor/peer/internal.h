/* SPDX-License-Identifier: MIT */
/* The two ends of the console ring's arithmetic, and where serial input goes. */
#ifndef RINGONE_PEER_INTERNAL_H
#define RINGONE_PEER_INTERNAL_H

#include "types.h"

struct domain;

void console_ring_input(struct domain *d); /* peer/console_ring.c */
void console_ring_halts(struct domain *d);
void console_ring_output(struct domain *d);

/*
 * Indexes of a ring in shared memory run freely and wrap at 2^32.  One of the
 * pair is the guest's and can be anything: a difference larger than the ring
 * says that it is not telling the truth (TRUST 24).  size is a power of two.
 */

/* Bytes that may be taken; a lie yields 0. */
uint32_t ring_used(uint32_t prod, uint32_t cons, uint32_t size);
/* Bytes that may be put; a lie yields 0. */
uint32_t ring_room(uint32_t prod, uint32_t cons, uint32_t size);
/* Bytes from index `at` that lie side by side, of `n` wanted. */
uint32_t ring_run(uint32_t at, uint32_t n, uint32_t size);

#endif
