/* SPDX-License-Identifier: MIT */
/*
 * A domain's physical interrupts: numbers of its own, mapped to lines of the
 * machine (PHYSDEVOP_map_pirq) and bound to event channels
 * (EVTCHNOP_bind_pirq).  GSIs get their own number where that is free, as
 * every guest expects; messages get numbers from the top.
 */
#include "internal.h"
#include "pirq.h"
#include "domain/domain.h"
#include "event/event.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "unit.h"

/*
 * Lines of the 8259s are known by their numbers, and nobody says so first: on a
 * machine without an IO-APIC they are mapped from the start, as Xen has it.
 */
int pirqs_domain_init(struct domain *d)
{
	d->pirqs.table = heap_alloc(NR_PIRQS * sizeof(*d->pirqs.table));
	if (!d->pirqs.table)
		return -XEN_ENOMEM;
	for (uint32_t nr = 1; !ioapic_present() && nr < ISA_LINES; nr++)
		if (line_exists(nr))
			d->pirqs.table[nr] = (struct pirq){ .kind = PIRQ_GSI, .line = nr };
	return 0;
}

static void pirq_domain_dead(struct domain *d)
{
	if (!d->pirqs.table)
		return;
	pirq_eoi_release(d);
	for (uint32_t nr = 0; nr < NR_PIRQS; nr++)
		if (pirq_of(d, nr))
			pirq_unmap(d, nr);
	heap_free(d->pirqs.table);
	d->pirqs.table = NULL;
}

/* Numbers come from guests; a domain without devices has no table at all. */
struct pirq *pirq_of(const struct domain *d, uint32_t nr)
{
	if (!d->pirqs.table || !TRUST_CHECK(23, 20, nr < NR_PIRQS))
		return NULL;
	return d->pirqs.table[nr].kind == PIRQ_GSI || d->pirqs.table[nr].kind == PIRQ_MSI
		       ? &d->pirqs.table[nr]
		       : NULL;
}

int pirq_bind(struct domain *d, uint32_t nr, uint32_t port)
{
	struct pirq *p = pirq_of(d, nr);
	int rc;

	/* As Xen has it: a number that is not mapped is one the domain has no right to. */
	if (!p)
		return nr < NR_PIRQS ? -XEN_EPERM : -XEN_EINVAL;
	if (!TRUST_CHECK(23, 21, !p->port))
		return -XEN_EEXIST;
	/* Before the line speaks, so that no event of it is lost. */
	p->port = port;
	rc = line_connect(p->line, d, nr);
	if (rc)
		p->port = 0;
	else
		pirq_eoi_mark(d, nr);
	return rc;
}

void pirq_unbind(struct domain *d, uint32_t nr)
{
	struct pirq *p = pirq_of(d, nr);

	if (!p || !p->port)
		return;
	line_disconnect(p->line);
	p->port = 0;
}

bool pirq_has_port(const struct domain *d, uint32_t nr, uint32_t port)
{
	const struct pirq *p = pirq_of(d, nr);

	return p && p->port == port;
}

/* What kernels said before there was an EOI for each: look who has unmasked its port. */
void pirqs_unmasked(struct domain *d)
{
	for (uint32_t nr = 0; nr < NR_PIRQS; nr++) {
		const struct pirq *p = pirq_of(d, nr);

		if (p && p->port && !port_masked(d, p->port))
			line_end(p->line);
	}
}

/* For a number the caller leaves to us: the highest free one, away from the GSIs. */
static int find_free(const struct domain *d)
{
	for (uint32_t nr = NR_PIRQS - 1; nr >= ISA_LINES; nr--)
		if (d->pirqs.table[nr].kind == PIRQ_FREE)
			return nr;
	return -XEN_ENOSPC;
}

int pirq_reserve(struct domain *d)
{
	int nr;

	if (!d->pirqs.table)
		return -XEN_ENODEV;
	nr = find_free(d);
	if (nr >= 0)
		d->pirqs.table[nr].kind = PIRQ_RESERVED;
	return nr;
}

/* May the line get this number?  *nr < 0: any. */
static int choose(struct domain *d, int32_t wanted, int32_t *nr)
{
	if (*nr < 0)
		*nr = wanted >= 0 && d->pirqs.table[wanted].kind == PIRQ_FREE ? wanted
									      : find_free(d);
	if (*nr < 0)
		return *nr;
	if (!TRUST_CHECK(23, 22, *nr < NR_PIRQS))
		return -XEN_EINVAL;
	return d->pirqs.table[*nr].kind == PIRQ_FREE || d->pirqs.table[*nr].kind == PIRQ_RESERVED
		       ? 0
		       : -XEN_EEXIST;
}

static int find_line(const struct domain *d, uint32_t line)
{
	for (uint32_t nr = 0; nr < NR_PIRQS; nr++)
		if (pirq_of(d, nr) && d->pirqs.table[nr].line == line)
			return nr;
	return -1;
}

bool pirq_has_line(const struct domain *d, uint32_t line)
{
	return find_line(d, line) >= 0;
}

/* *nr: the number wanted, negative for any; the number given.  Mapping the same again is fine. */
int pirq_map_gsi(struct domain *d, int32_t gsi, int32_t *nr)
{
	int known, rc;

	if (!d->pirqs.table)
		return -XEN_ENODEV;
	if (gsi < 0 || !line_exists(gsi))
		return -XEN_EINVAL;
	known = find_line(d, gsi);
	if (known >= 0) {
		if (*nr >= 0 && *nr != known)
			return -XEN_EEXIST;
		*nr = known;
		return 0;
	}
	rc = choose(d, gsi, nr);
	if (rc)
		return rc;
	d->pirqs.table[*nr] = (struct pirq){ .kind = PIRQ_GSI, .line = gsi };
	return 0;
}

int pirq_map_msi(struct domain *d, uint16_t bus_devfn, uint16_t msix_entry, paddr_t table_base,
		 int32_t *nr)
{
	uint8_t vector;
	int line, rc;

	if (!d->pirqs.table)
		return -XEN_ENODEV;
	rc = choose(d, -1, nr);
	if (rc)
		return rc;
	line = line_alloc_msi(&vector);
	if (line < 0)
		return line;
	rc = msi_program(bus_devfn, msix_entry, table_base, vector);
	if (rc) {
		line_free_msi(line);
		return rc;
	}
	d->pirqs.table[*nr] = (struct pirq){
		.kind = PIRQ_MSI, .line = line, .bus_devfn = bus_devfn, .msix_entry = msix_entry
	};
	return 0;
}

/* -EBUSY while a port is bound: close that first. */
int pirq_unmap(struct domain *d, uint32_t nr)
{
	struct pirq *p = pirq_of(d, nr);

	if (!p)
		return -XEN_EINVAL;
	if (p->port)
		return -XEN_EBUSY;
	if (p->kind == PIRQ_MSI)
		line_free_msi(p->line);
	*p = (struct pirq){ .kind = PIRQ_FREE };
	return 0;
}

static int pirq_domain_relinquish(struct domain *d)
{
	pirq_eoi_release(d);
	return 0;
}

static void pirq_frames_held(const struct domain *d, frame_holder held, void *to)
{
	if (d->pirqs.eoi_map)
		held(to, d->pirqs.eoi_mfn, true);
}

UNIT(pirq, .frames_held = pirq_frames_held, .domain_relinquish = pirq_domain_relinquish,
     .domain_destroy = pirq_domain_dead, .softirqs = SOFTIRQ_PIRQ, .softirq = lines_softirq);
