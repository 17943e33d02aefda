/* SPDX-License-Identifier: MIT */
/*
 * Counting what user programs cost: instructions by the time stamp counter of an emulator that
 * ticks once an instruction (-icount shift=0), and, on Ringone, what the hypervisor counts.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

struct cost {
	uint64_t instructions;
	uint32_t entries, cr3_loads, flushes; /* zero where there is no hypervisor */
};

/* Does the kernel under us run on Ringone, with counters to read? */
void cost_init(void);

struct cost cost_now(void);

/*
 * Print "USER key instructions entries cr3-loads flushes", each per operation: the cheapest of
 * several batches of `times` calls of `op`.  Ends the program when an operation fails.
 */
void measure(const char *key, int times, void (*op)(void));

/* The same without printing: what one operation costs, times 1. */
double cost_of(int times, void (*op)(void), struct cost *batch);
void print_row(const char *key, double instructions, const struct cost *batch, int times);

void fail(const char *what) __attribute__((noreturn));

#endif
