/* SPDX-License-Identifier: MIT */
/* The part of a first domain without a dom0: the rings that the hypervisor serves. */
#ifndef RINGONE_PEER_PARTS_H
#define RINGONE_PEER_PARTS_H

#include "types.h"

struct xencons_interface;
struct xenstore_domain_interface;

struct peer_domain {
	struct xencons_interface *console_ring; /* first=plain: hypervisor's mapping */
	mfn_t console_mfn;
	uint32_t console_port;
	uint32_t console_out_cons,
		console_in_prod; /* our own indexes: the ring's are the guest's */
	uint8_t console_matched; /* of "Ringone:", so far (peer/console_ring.c) */
	struct xenstore_domain_interface *store_ring; /* first=plain; peer/empty_store.c */
	uint32_t store_port, store_req_cons, store_rsp_prod, store_skip;
};

#endif
