/* SPDX-License-Identifier: MIT */
/*
 * A machine of a few frames on the build host: the frame table, the frames
 * themselves, and the VCPU that is current.  Included before anything else, so
 * that `current` does not look for a hypervisor stack.
 */
#ifndef TESTS_MM_HOST_H
#define TESTS_MM_HOST_H

#include "percpu.h"

#undef current
#define current host_current

#define HOST_FRAMES 1024
#ifndef ROW_ORDER
#define ROW_ORDER 4
#endif
#ifndef FRAMES_RESERVE
#define FRAMES_RESERVE 0 /* there is no heap */
#endif

extern struct vcpu *host_current;
extern uint32_t host_maps;      /* frames mapped at this moment */
extern uint32_t host_maps_most; /* at any moment since host_reset() */
extern bool host_preempt_at_random;
extern uint32_t host_preempt_at; /* the look that says yes; 0: none */

void host_reset(void);          /* all frames free of type and reference, memory zeroed */
void *host_frame(uint32_t mfn); /* contents */
uint32_t host_random(uint32_t below);
void host_seed(uint32_t seed);

#endif
