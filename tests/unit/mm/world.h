/* SPDX-License-Identifier: MIT */
/*
 * A guest of 48 frames, another domain, hardware, and what mm/ asks of files that
 * are not linked into its tests: the world of the type system.
 */
#ifndef TESTS_MM_WORLD_H
#define TESTS_MM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../hypervisor/mm/internal.h"
#include "../../../hypervisor/mm/l1_entry.h"

#define FRAMES   48 /* the guest's; 0 is never one */
#define IO_FRAME 60 /* not RAM */
/* Frames that the views of top L2s are made of; few, so that there are none left at times. */
#define FIRST_VIEW 100
#define NR_VIEWS   5

extern struct domain dom, other;
extern struct vcpu vcpu;
extern uint32_t last_flush; /* the clock at it */

/* All frames the guest's own and plain memory; calls are preempted at random, by the seed. */
void start(uint32_t seed);

#endif
