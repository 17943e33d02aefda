/* SPDX-License-Identifier: MIT */
/* The part of a domain that emulate/ keeps. */
#ifndef RINGONE_EMULATE_PARTS_H
#define RINGONE_EMULATE_PARTS_H

#include "types.h"

struct cpuid_mask { /* features that the tools leave to a domain (control/cpuid_policy.c) */
	uint32_t leaf1_ecx, leaf1_edx, leaf7_ebx, leaf7_ecx, leaf7_edx, ext1_ecx, ext1_edx;
};

struct emulated { /* instructions, modulo 2^32; debug builds (emulate/emulated.h) */
	uint32_t done, refused, not_recorded, programs;
};

struct emulate_domain {
	struct cpuid_mask cpuid_mask; /* what tools took away */
	uint32_t *ioports;            /* 65536 bits, set: allowed; NULL: none */
	struct emulated counts;
};

#endif
