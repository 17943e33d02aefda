/* SPDX-License-Identifier: MIT */
/* Event channels: how a domain is told that something has happened. */
#ifndef RINGONE_EVENT_H
#define RINGONE_EVENT_H

#include "types.h"

struct domain;
struct vcpu;

void send_virq(struct vcpu *v, uint32_t virq);                  /* per-VCPU VIRQs */
void send_global_virq(struct domain *d, uint32_t virq);         /* VCPU 0 or where bound */
bool port_pending(const struct domain *d, uint32_t port);       /* any number below d->nr_ports */
void event_limit_ports(struct domain *d, uint32_t highest);     /* before it runs */
bool port_can_be_polled(const struct domain *d, uint32_t port); /* any number; in use */
bool port_masked(const struct domain *d, uint32_t port);
void port_set_pending(struct domain *d, uint32_t port);
void port_unmask(struct domain *d, uint32_t port); /* event_lock held; one in use */

/*
 * A channel whose other end is the hypervisor itself: `kicked` runs when the domain sends,
 * with no lock held; `closed` when it closed the port, event_lock held.  The domain sees an
 * ordinary channel to remote_domid.  The port, or a negative error.
 */
struct hv_end {
	void (*kicked)(struct domain *d);
	void (*closed)(struct domain *d);
};
int event_alloc_hv_port(struct domain *d, uint16_t remote_domid, const struct hv_end *end);

#endif
