/* SPDX-License-Identifier: MIT */
/*
 * Spin locks, and the order in which they may be taken.
 *
 * The hypervisor runs with interrupts off (regs.h), so a lock needs no
 * interrupt state.  Every lock in the system, outermost first:
 *
 *   1. domain->lock		life and death of a domain, its hypercall-wide state
 *   2. domain->mm.lock		page tables and page types of that domain: "mm_lock" in comments
 *   3. domain->events.lock	event-channel ports (two: lower address first): "event_lock"
 *   4. domain->grants.lock	grant table, and what of it is in use: "grant_lock"
 *   5. sched_lock		run queue, VCPU run states
 *   6. timer_lock		the timer queue
 *   7. frames_lock		the frame allocator
 *   8. heap_lock		the heap
 *   9. emulated_lock		the table of emulated instructions (debug builds)
 *  10. console_lock		serial output
 */
#ifndef RINGONE_LOCKS_H
#define RINGONE_LOCKS_H

#include "types.h"

typedef struct {
	volatile uint32_t held;
} spinlock_t;

/* In assembly, so that a lock that is free costs four instructions and one register. */
static inline bool spin_trylock(spinlock_t *l)
{
	uint32_t was = 1;

	__asm__ volatile("xchgl %[was], %[held]"
			 : [was] "+r"(was), [held] "+m"(l->held)
			 :
			 : "memory");
	return !was;
}

static inline void spin_lock(spinlock_t *l)
{
	while (unlikely(!spin_trylock(l)))
		__builtin_ia32_pause();
}

static inline void spin_unlock(spinlock_t *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

/* cmpxchg as the type system uses it: true when *p was old and is now new. */
static inline bool cmpxchg32(uint32_t *p, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(p, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

#endif
