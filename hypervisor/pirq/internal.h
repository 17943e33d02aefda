/* SPDX-License-Identifier: MIT */
/* Lines, pirqs, and what lies between them. */
#ifndef RINGONE_PIRQ_INTERNAL_H
#define RINGONE_PIRQ_INTERNAL_H

#include "call/call.h"
#include "domain/domain.h"
#include "pirq.h"

#define NR_GSIS  192 /* eight IO-APICs of 24 pins */
#define NR_LINES 256 /* behind the GSIs: message-signalled ones */
#define NR_PIRQS NR_LINES

enum pirq_kind { PIRQ_FREE, PIRQ_RESERVED, PIRQ_GSI, PIRQ_MSI };

struct pirq {
	uint8_t kind;
	uint16_t line;
	uint16_t port;       /* 0: not bound */
	uint16_t bus_devfn;  /* PIRQ_MSI: whose */
	uint16_t msix_entry; /* PIRQ_MSI: entry of its table, or MSI_PLAIN */
};
#define MSI_PLAIN 0xffff

/* ---- pirq/line.c ---- */

bool line_exists(uint32_t gsi);
/* PHYSDEVOP_setup_gsi: 0, -XEN_EEXIST (done before, or ours), -XEN_EINVAL (no such line). */
int line_setup(uint32_t gsi, bool level, bool low);
/* Events of the line go to d as `pirq`: 0, -XEN_EBUSY (somebody's already), -XEN_ENOSPC (no vector). */
int line_connect(uint32_t line, struct domain *d, uint32_t pirq);
void line_disconnect(uint32_t line); /* quiet again */
bool line_needs_eoi(uint32_t line);
void line_end(uint32_t line); /* the domain has served its device */
/* A message-signalled line and its vector: the line, or -XEN_ENOSPC. */
int line_alloc_msi(uint8_t *vector);
void line_free_msi(uint32_t line);
void lines_softirq(void);

/* ---- pirq/pirq.c: with d->event_lock held ---- */

struct pirq *pirq_of(const struct domain *d, uint32_t nr); /* in use, or NULL */
void pirqs_unmasked(struct domain *d); /* EOI for every one whose port is not masked */
bool pirq_has_line(const struct domain *d, uint32_t line); /* one of its numbers is this GSI's */
int pirq_map_gsi(struct domain *d, int32_t gsi, int32_t *nr);
int pirq_map_msi(struct domain *d, uint16_t bus_devfn, uint16_t msix_entry, paddr_t table_base,
		 int32_t *nr);
int pirq_unmap(struct domain *d, uint32_t nr);
int pirq_reserve(struct domain *d); /* a free number, kept for the caller; or an error */

/* ---- pirq/eoi_map.c ---- */

int pirq_eoi_register(struct domain *d, mfn_t m, bool auto_unmask);
void pirq_eoi_release(struct domain *d);
void pirq_eoi_mark(struct domain *d, uint32_t nr); /* the pirq or its line has changed */

/* ---- pirq/msi.c ---- */

bool pci_present(uint16_t bus_devfn);
/* Tell the device which vector to send: 0, -XEN_ENODEV (no such function or capability). */
int msi_program(uint16_t bus_devfn, uint16_t msix_entry, paddr_t table_base, uint8_t vector);

/* ---- the handlers of physdev_op; the event lock of c->d is held ---- */

#define OP(name, argument, way, privilege, summary) \
	int32_t physdev_##name(struct subop_call *c, argument *a);
#include "pirq/physdev_ops.def"
#undef OP

#endif
