/* SPDX-License-Identifier: MIT */
/* What everybody may ask and boot/ alone writes: the loader's words, the options, the processors. */
#include "boot.h"
#include "percpu.h"
#include "regs.h"

struct boot_info boot_info;
struct options options = { .dom0_max_vcpus = 1 };

struct cpu *cpus[MAX_CPUS];
uint32_t nr_cpus;

trap_handler trap_handlers[256];

void set_int_handler(uint8_t vector, trap_handler fn)
{
	trap_handlers[vector] = fn;
}
