/* SPDX-License-Identifier: MIT */
/*
 * The other end of the rings that a first domain without a dom0 has: the
 * hypervisor plays console and store for first=plain.
 */
#ifndef RINGONE_PEER_H
#define RINGONE_PEER_H

struct hv_end;
extern const struct hv_end console_ring_end; /* drains the ring to the serial line */
extern const struct hv_end empty_store_end;  /* answers "no such entry" to everything */

#endif
