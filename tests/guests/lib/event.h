/* SPDX-License-Identifier: MIT */
#ifndef EVENT_H
#define EVENT_H

/* Event channels and time, as tests use them. */
#include "guest.h"

#define NS_MS 1000000ull

extern volatile unsigned int event_count[1024]; /* events taken, by port */
extern volatile unsigned int upcalls;           /* upcalls entered */
extern void (*event_hook)(evtchn_port_t port);  /* called for each, after counting */
void event_take(evtchn_port_t port);            /* what is done for each */
extern void (*event_loop)(void);                /* instead of the shim's, which knows one VCPU */

/* The virtual interrupt flag. Enabling delivers what is pending before it returns. */
void events_on(void);
void events_off(void);

void port_mask(evtchn_port_t port);
void port_unmask(evtchn_port_t port); /* the bit only; EVTCHNOP_unmask also delivers */
int port_pending(evtchn_port_t port);

/* Binds; a negative result is -errno. */
int bind_virq(unsigned int virq);
int bind_ipi(void);
int port_send(evtchn_port_t port);
int port_close(evtchn_port_t port);

uint64_t now_ns(void);

/*
 * How long a test waits for something, as the guest lives it: where the emulator itself got no
 * processor for a while, a look finds the clock far ahead, and a wait that ends by the clock gives
 * up before anything could happen. So no look costs more than a millisecond.
 */
struct patience {
	uint64_t last, left;
};

static inline struct patience patience(unsigned int ms)
{
	return (struct patience){ .last = now_ns(), .left = ms * NS_MS };
}

/* One look: 0 when it is at an end. */
static inline int patient(struct patience *p)
{
	uint64_t now = now_ns(), spent = now - p->last;

	p->last = now;
	if (spent > NS_MS)
		spent = NS_MS;
	p->left -= spent < p->left ? spent : p->left;
	return p->left != 0;
}

/* Spins until @port has been taken more than @before times; 0 when @ms of patience are over. */
int event_wait(evtchn_port_t port, unsigned int before, unsigned int ms);

#endif
