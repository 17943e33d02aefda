/* SPDX-License-Identifier: MIT */
#ifndef SMP_H
#define SMP_H

/*
 * Further VCPUs of a test guest. Each has a stack of its own, takes events by its own vcpu_info,
 * and shares everything else: page tables, trap handlers, event_count[] (a port is one VCPU's).
 *
 * A test that needs them says "options = dom0_max_vcpus=N" in its test.conf.
 */
#include "event.h"

#define SMP_MAX 8

/* Which VCPU runs this, told by its stack; and its part of the shared page. */
unsigned int smp_self(void);
struct vcpu_info *smp_info(unsigned int id);

/* A context in which VCPU @id enters @fn(id) with events masked, to be changed and given to
 * VCPUOP_initialise. @fn must not return. */
void smp_context(struct vcpu_guest_context *c, unsigned int id, void (*fn)(unsigned int id));

/* Initialises and starts it, with the trap handlers and callbacks of VCPU 0; -errno or 0. */
long smp_start(unsigned int id, void (*fn)(unsigned int id));

/* Ends the run unless VCPUs 0 to @n - 1 exist. */
void smp_need(unsigned int n);

/* For good; the last thing a VCPU does. */
void smp_stop(void) __attribute__((noreturn));

/* 1 once VCPU @id is down, 0 after @ms milliseconds. */
int smp_wait_down(unsigned int id, unsigned int ms);

/* Waits until *@word is @value; 0 after @ms milliseconds. */
int smp_wait(const volatile unsigned int *word, unsigned int value, unsigned int ms);

/* Event masks of the VCPU that calls. */
void smp_events_on(void);
void smp_events_off(void);

/* Event channels to and of VCPU @id; a port or -errno. Other ports are VCPU 0's until smp_own(). */
void smp_own(evtchn_port_t port, unsigned int id);
int smp_bind_ipi(unsigned int id);
int smp_bind_virq(unsigned int id, unsigned int virq);

#endif
