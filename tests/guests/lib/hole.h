/* SPDX-License-Identifier: MIT */
#ifndef HOLE_H
#define HOLE_H

/*
 * Segments that try to reach into the hypervisor's part of the address space.
 *
 * Ring 1 is supervisor to the MMU, so only limits stop it there. A probe therefore wants #GP (or
 * #SS through SS) with error code 0, raised by the limit: a #PF would mean that the access got
 * past the segment, and an emulator that does not check limits (QEMU's TCG) fails every one.
 */
#include "guest.h"
#include "mm.h"

struct form {
	const char *what;
	uint32_t base, limit;
	unsigned int type, flags; /* DESC_DATA and kin; DESC_G | DESC_D */
};

extern const struct form hole_forms[];
extern const unsigned int hole_n_forms;

/* How a descriptor reaches the processor; hole_install() returns what the hypervisor said. */
enum way { BY_SET_GDT, BY_UPDATE_GDT, BY_LDT, BY_UPDATE_LDT, N_WAYS };
extern const char *const hole_ways[N_WAYS];

/* Installs @form with @dpl; on success *@selector (RPL = @dpl) names it. */
long hole_install(enum way way, const struct form *form, unsigned int dpl, unsigned int *selector);

/* What is now in the slot, as the hypervisor left it. */
uint64_t hole_descriptor(void);

/* Linear addresses nobody in a guest may touch, the first being the first byte behind the M2P. */
extern uint32_t hole_targets[];
extern const unsigned int hole_n_targets;
void hole_find_targets(void);

/* A descriptor's base, for offsets. */
uint32_t hole_base(uint64_t desc);

#endif
