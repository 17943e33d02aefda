/* SPDX-License-Identifier: MIT */
/* The parts of a domain and a VCPU that event/ keeps. */
#ifndef RINGONE_EVENT_PARTS_H
#define RINGONE_EVENT_PARTS_H

#include "abi.h"
#include "layout.h"
#include "locks.h"
#include "types.h"

#define NR_EVENT_PORTS   1024  /* 2-level ABI, 32-bit: 32 * 32 */
#define MAX_EVENT_PORTS  16384 /* with FIFO; the interface has room for 131072 */
#define PORTS_PER_BUCKET 64

struct domain;
struct hv_end;
struct fifo_domain;

enum port_state {
	PORT_FREE,
	PORT_RESERVED,
	PORT_UNBOUND,
	PORT_INTERDOMAIN,
	PORT_HYPERVISOR, /* the other end is the hypervisor; to the domain it is INTERDOMAIN */
	PORT_PIRQ,
	PORT_VIRQ,
	PORT_IPI,
};

/* There are 64 at least in every domain: small, and with what excludes each other in one place. */
struct event_port {
	uint8_t state;
	uint8_t vcpu;     /* who is notified */
	uint8_t priority; /* FIFO: of its queue; and where it was linked last */
	uint8_t last_priority, last_vcpu;
	bool early;            /* FIFO: pending, before its word is there */
	uint16_t remote_domid; /* UNBOUND, INTERDOMAIN, HYPERVISOR */
	union {
		uint16_t remote_port; /* INTERDOMAIN */
		uint16_t virq;
		uint16_t pirq;
	};
	union {
		struct domain *remote;       /* INTERDOMAIN */
		const struct hv_end *hv_end; /* HYPERVISOR */
	};
};

_Static_assert(MAX_EVENT_PORTS <= 1U << 16 && MAX_VCPUS <= 1U << 8, "they fit");

struct event_domain {
	spinlock_t lock;
	struct event_port *port_buckets[MAX_EVENT_PORTS / PORTS_PER_BUCKET]; /* on demand */
	uint32_t nr_ports;        /* numbers below can be in use */
	uint32_t next_to_close;   /* of one that dies: how far it has come */
	uint32_t max_ports;       /* what nr_ports may come to, as the tools say */
	struct fifo_domain *fifo; /* NULL: the bitmaps of the shared page (event/fifo.c) */
	bool may_poll;            /* a VCPU went to sleep in SCHEDOP_poll since wake_pollers() */
};

struct event_vcpu {
	uint32_t virq_port[NR_VIRQS]; /* port numbers bound as VIRQ; 0: none */
};

#endif
