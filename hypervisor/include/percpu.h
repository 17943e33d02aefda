/* SPDX-License-Identifier: MIT */
/*
 * One hypervisor stack per CPU and none per VCPU.  At the top of each stack
 * lies the CPU's state; the guest frame is pushed right below it, so both are
 * found from the stack pointer alone.
 *
 *   high  +--------------------------+ <- stack base + STACK_SIZE
 *         | struct cpu, after regs   |
 *         | regs: es ds fs gs        | <- TSS.esp0 points at regs.es
 *         | regs: ss esp eflags ...  |    (pushed by the processor on entry)
 *         | regs: ... ecx ebx        |    (pushed by gate/entry.S)
 *         |--------------------------|
 *         | C frames                 |
 *   low   +--------------------------+
 */
#ifndef RINGONE_PERCPU_H
#define RINGONE_PERCPU_H

#define STACK_SIZE 8192
#define MAX_CPUS   8

/*
 * Operations that have a short way and a long one: gate/short.S for traps and the
 * iret hypercall, mm/ptwr.c for stores to page tables.  An upcall is short when
 * its frame goes to a stack known to be flat, wherever on the way out that is.
 */
#define WAY_PAGE_FAULT 0 /* of a program */
#define WAY_UPCALL     1
#define WAY_SOFT_TRAP  2 /* INT n of a program that its kernel admits */
#define WAY_IRET       3
#define WAY_PT_STORE   4
#define NR_WAYS        5

#ifndef __ASSEMBLY__
#include "abi.h"
#include "page.h"
#include "types.h"

struct vcpu;

struct cpu {
	struct cpu_user_regs regs; /* the interrupted guest; must be first */
	struct vcpu *vcpu;         /* whose guest runs, or ran last */
	uint32_t id;
	uint32_t softirq; /* SOFTIRQ_* bits; looked at before returning to a guest */
	uint32_t apic_id;
	uint32_t map_slot;         /* map cache: the next slot; MAPCACHE_SLOTS * id and up */
	pte_t *l3;                 /* the L3 the processor runs from: 4 entries, 32-byte aligned */
	uint32_t cr3;              /* its machine address */
	struct cpu_tables *tables; /* GDT page, IDT, TSSs (gate/tables.c) */
	/* Counters that bench and the audit read. */
	uint32_t n_entries; /* wraps */
	/* Debug builds: how often each operation went which way (WAY_*). */
	struct {
		uint32_t by_short, by_long;
	} ways[NR_WAYS];
	uint64_t n_cr3_loads, n_tlb_flushes, n_seg_repairs;
	struct multicall_entry *multicall; /* the entry that runs (gate/multicall.c), or NULL */
	uint64_t idle_ns;                  /* spent without a VCPU to run */
	uint32_t table_slots;              /* map cache: the first slot of map_table() */
};
#define CPU_OFFSET (STACK_SIZE - sizeof(struct cpu))

/* Softirqs: work noted by an interrupt handler, done at the next way out. */
#define SOFTIRQ_TIMER   (1U << 0)
#define SOFTIRQ_SCHED   (1U << 1)
#define SOFTIRQ_CONSOLE (1U << 2)
#define SOFTIRQ_PIRQ    (1U << 3)
#define SOFTIRQ_DOMAINS (1U << 5) /* a domain was killed (domain/end.c) */
#define SOFTIRQ_UNITS \
	(SOFTIRQ_TIMER | SOFTIRQ_CONSOLE | SOFTIRQ_PIRQ | SOFTIRQ_DOMAINS) /* a unit's */
#define SOFTIRQ_RELOAD (1U << 4) /* nothing to do, but load all of cpu->regs (entry.S) */

static inline struct cpu *this_cpu(void)
{
	uint32_t sp;

	__asm__("mov %%esp, %0" : "=r"(sp));
	return (struct cpu *)((sp & ~(STACK_SIZE - 1U)) + CPU_OFFSET);
}

#define current (this_cpu()->vcpu)

#ifdef RINGONE_DEBUG
static inline void count_way(uint32_t way, bool is_short)
{
	struct cpu *c = this_cpu();

	if (is_short)
		c->ways[way].by_short++;
	else
		c->ways[way].by_long++;
}
#else
static inline void count_way(uint32_t way, bool is_short)
{
}
#endif

static inline struct cpu_user_regs *guest_regs(void)
{
	return &this_cpu()->regs;
}

extern struct cpu *cpus[MAX_CPUS];
extern uint32_t nr_cpus;

/*
 * lib/breathe.c: what takes more than some ten thousand instructions without
 * being able to stop lets interrupts leave their notes meanwhile.
 */
void breathe(void);
bool work_noted(void); /* is there one?  What can stop and run again should */
#endif

#endif
