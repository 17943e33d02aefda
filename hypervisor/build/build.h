/* SPDX-License-Identifier: MIT */
/* The first domain, from what the boot loader brought. */
#ifndef RINGONE_BUILD_H
#define RINGONE_BUILD_H

#include "types.h"

struct boot_module;

/* From a PV ELF kernel (build/build.c); ends the machine with a sentence on bad input. */
struct domain *build_first_domain(const struct boot_module *kernel,
				  const struct boot_module *initrd, uint64_t mem_bytes, bool plain);

#endif
