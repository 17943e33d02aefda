/* SPDX-License-Identifier: MIT */
/* What the files behind memory_op share. */
#ifndef RINGONE_MM_MEMORY_OP_H
#define RINGONE_MM_MEMORY_OP_H

#include "abi.h"
#include "call/call.h"
#include "types.h"

struct domain;
struct page_info;

/* The command's own bits; above them, the extent with which a preempted call carries on. */
#define MEMOP_CMD_BITS 6

/*
 * Give d memory or take some back, extent by extent from `start` on.  Returns
 * how many of all extents are done now; or, with RESERVATION_PREEMPTED, the start
 * with which the call should run again.  A start is the number of an extent and
 * below it, in reservation_pieces() bits, that of a piece of a large one.
 */
#define RESERVATION_PREEMPTED 0x40000000
uint32_t reservation_pieces(const struct xen_memory_reservation *r);
int32_t reservation(struct domain *d, uint32_t cmd, const struct xen_memory_reservation *r,
		    uint32_t start);

/* Largest extent, as an order, that a domain may ask for; devices need larger ones. */
uint32_t max_extent_order(const struct domain *d);
/* First frame number that a reservation's address_bits forbid. */
uint32_t address_limit(uint32_t mem_flags);

/* The handlers of memory_op; c->count: the extent with which it carries on. */
#define OP(name, argument, way, privilege, summary) \
	int32_t memory_##name(struct subop_call *c, argument *a);
#include "mm/memory_ops.def"
#undef OP

/* Out of d's hands: false, or nobody refers to it any more and its count is 0 (mm/transfer.c). */
bool frame_steal(struct domain *d, mfn_t m);
/* Frames that change hands (mm/frames.c). */
/* A stolen one, from one domain's account to the other's; false: that one may have no more. */
bool frame_reassign(struct page_info *p, struct domain *from, struct domain *to);
void frames_assign(mfn_t first, uint32_t nr, struct domain *d); /* no owner yet; no ceiling */

#endif
