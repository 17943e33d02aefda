/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts, on their way from a device to a domain (pirq/):
 *
 *	device -> line (GSI or MSI) -> vector -> softirq -> pirq -> event channel
 *
 * A *line* is the machine's, a *pirq* is what a domain calls it.  A handler
 * only quiets the line and leaves a note; the event is raised on the way out
 * (regs.h, "Interrupts").  A level line stays masked until the domain says
 * PHYSDEVOP_eoi, so a driver that sleeps holds up nothing but its own line.
 *
 * Lines and pirqs are guarded by the event_lock of the domain that uses them;
 * there is one such domain, the privileged one.
 */
#ifndef RINGONE_PIRQ_H
#define RINGONE_PIRQ_H

#include "types.h"

struct domain;

void lines_init(void);                   /* finds the controllers; all lines quiet */
int pirqs_domain_init(struct domain *d); /* a domain with devices: its table of pirqs */
/* event_lock held: a port's end of it.  0, -XEN_EBUSY, -XEN_EINVAL (no such pirq, or nothing there). */
int pirq_bind(struct domain *d, uint32_t nr, uint32_t port);
void pirq_unbind(struct domain *d, uint32_t nr); /* the port is being closed */
bool pirq_has_port(const struct domain *d, uint32_t nr, uint32_t port); /* for the audit */

#endif
