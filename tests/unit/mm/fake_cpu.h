/* SPDX-License-Identifier: MIT */
/* this_cpu() without a hypervisor's stack: the test says which processor it is. */
#ifndef TESTS_MM_FAKE_CPU_H
#define TESTS_MM_FAKE_CPU_H

#include "percpu.h"

extern struct cpu *host_cpu;
#define this_cpu() host_cpu

#endif
