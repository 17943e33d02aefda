/* SPDX-License-Identifier: MIT */
#ifndef LATENESS_H
#define LATENESS_H

/*
 * How long did a call keep interrupts off, and what was due waiting? A timer of the guest's is set
 * again and again, so that in any stretch without interrupts one is due soon after its beginning;
 * the hypervisor tells how late it was. Under "qemu -icount shift=0" a nanosecond is an instruction.
 *
 *	lateness_setup();
 *	MEASURE("what is called", the_call());	// its result; checked against the bounds
 *	lateness_worst();
 */
#include "guest.h"
#include "event.h"

/* instructions with interrupts off */
#define INTERRUPT_BOUND 100000u
/* until what was due was done: the rest of an element, and the way out */
#define WORK_BOUND 500000u
#define BEAT_NS    6000

static int port;
static volatile int beating;
static uint32_t worst_interrupt, worst_work;
static const char *worst_interrupt_name = "nothing", *worst_work_name = "nothing";

static void beat(evtchn_port_t p)
{
	(void)p;
	if (beating)
		ringone_set_timer_op(now_ns() + BEAT_NS);
}

static void lateness(uint32_t *interrupt, uint32_t *work)
{
	struct ringone_cpuid r;

	ringone_forced_cpuid(RINGONE_LATENESS_LEAF, 0, &r);
	*interrupt = r.eax;
	*work = r.ebx;
}

static void begin(void)
{
	uint32_t i, w;

	events_on();
	beating = 1;
	lateness(&i, &w);
	ringone_set_timer_op(now_ns() + BEAT_NS);
}

static void end(const char *name, uint64_t since, long result)
{
	uint64_t took = now_ns() - since;
	uint32_t interrupt, work;

	beating = 0;
	lateness(&interrupt, &work);
	ringone_set_timer_op(0);
	events_off();
	note("%s: %ld, %u us; interrupts off for %u, work late by %u", name, result,
	     (uint32_t)(took / 1000), interrupt, work);
	if (interrupt > worst_interrupt) {
		worst_interrupt = interrupt;
		worst_interrupt_name = name;
	}
	if (work > worst_work) {
		worst_work = work;
		worst_work_name = name;
	}
	CHECK(interrupt < INTERRUPT_BOUND, "%s: interrupts off for %u", name, interrupt);
	CHECK(work < WORK_BOUND, "%s: work late by %u", name, work);
}

#define MEASURE(name, call)                 \
	({                                  \
		uint64_t since_;            \
		long result_;               \
		begin();                    \
		since_ = now_ns();          \
		result_ = (call);           \
		end(name, since_, result_); \
		result_;                    \
	})

static inline void lateness_setup(void)
{
	if (!(features & RINGONE_FEATURE_LATENESS))
		guest_skip("the hypervisor does not tell how late its timer was");
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	port = bind_virq(VIRQ_TIMER);
	port_unmask(port);
	event_hook = beat;
}

static inline void lateness_worst(void)
{
	note("interrupts were off for %u instructions at most: %s", worst_interrupt,
	     worst_interrupt_name);
	note("what was due waited for %u at most: %s", worst_work, worst_work_name);
}

#endif
