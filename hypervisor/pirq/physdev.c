/* SPDX-License-Identifier: MIT */
/*
 * physdev_op for the domain that drives the machine's devices: interrupts,
 * and the notices about PCI devices that it finds.  Rows of physdev_ops.def.
 */
#include "internal.h"
#include "pirq.h"
#include "call/call.h"
#include "domain/domain.h"
#include "event/event.h"
#include "machine/machine.h"
#include "mm/mm.h"

static bool is_self(const struct domain *d, uint32_t domid)
{
	return domid == DOMID_SELF || domid == d->id;
}

/* ---- pirqs ---- */

int32_t physdev_irq_status_query(struct subop_call *c, struct physdev_irq_status_query *q)
{
	struct domain *d = c->d;
	const struct pirq *p = pirq_of(d, q->irq);

	if (q->irq >= NR_PIRQS)
		return -XEN_EINVAL;
	/* A number that is not mapped yet has nothing to be ended: guests ask before they bind. */
	q->flags = p && line_needs_eoi(p->line) ? XENIRQSTAT_needs_eoi : 0;
	return 0;
}

int32_t physdev_eoi(struct subop_call *c, struct physdev_eoi *e)
{
	struct domain *d = c->d;
	const struct pirq *p = pirq_of(d, e->irq);

	if (e->irq >= NR_PIRQS)
		return -XEN_EINVAL;
	if (!p)
		return 0; /* which Xen calls an error, and kernels then warn of */
	if (p->port && d->pirqs.eoi_unmasks)
		port_unmask(d, p->port);
	line_end(p->line);
	return 0;
}

/*
 * Several messages for one device want vectors in a row, which we do not
 * promise: 1 in entry_nr says how many a caller may ask for.
 */
int32_t physdev_map_pirq(struct subop_call *c, struct physdev_map_pirq *m)
{
	struct domain *d = c->d;
	uint32_t bus = m->bus, segment = bus >> 16;

	if (!is_self(d, m->domid))
		return -XEN_ESRCH;
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		return pirq_map_gsi(d, m->index, &m->pirq);
	case MAP_PIRQ_TYPE_MULTI_MSI:
		return -XEN_EOPNOTSUPP;
	case MAP_PIRQ_TYPE_MSI:
		segment = 0;
		break;
	case MAP_PIRQ_TYPE_MSI_SEG:
		break;
	default:
		return -XEN_EINVAL;
	}
	if (segment || (bus & 0xffff) > 0xff || (uint32_t)m->devfn > 0xff)
		return -XEN_ENODEV;
	if (m->table_base && (uint32_t)m->entry_nr >= MSI_PLAIN)
		return -XEN_EINVAL;
	return pirq_map_msi(d, bus << 8 | m->devfn, m->table_base ? m->entry_nr : MSI_PLAIN,
			    m->table_base, &m->pirq);
}

int32_t physdev_unmap_pirq(struct subop_call *c, struct physdev_unmap_pirq *u)
{
	if (!is_self(c->d, u->domid))
		return -XEN_ESRCH;
	return pirq_unmap(c->d, u->pirq);
}

int32_t physdev_get_free_pirq(struct subop_call *c, struct physdev_get_free_pirq *g)
{
	struct domain *d = c->d;
	int nr = pirq_reserve(d);

	if (nr < 0)
		return nr;
	g->pirq = nr;
	return 0;
}

int32_t physdev_setup_gsi(struct subop_call *c, struct physdev_setup_gsi *s)
{
	if ((uint32_t)s->gsi >= NR_GSIS)
		return -XEN_EINVAL;
	return line_setup(s->gsi, s->triggering, s->polarity);
}

/* Vectors are ours; the guest only wants a number to note down. */
int32_t physdev_alloc_irq_vector(struct subop_call *c, struct physdev_irq *a)
{
	a->vector = a->irq;
	return a->irq < NR_PIRQS ? 0 : -XEN_EINVAL;
}

int32_t physdev_pirq_eoi_gmfn_v1(struct subop_call *c, struct physdev_pirq_eoi_gmfn *a)
{
	return pirq_eoi_register(c->d, MFN(a->gmfn), true);
}

int32_t physdev_pirq_eoi_gmfn_v2(struct subop_call *c, struct physdev_pirq_eoi_gmfn *a)
{
	return pirq_eoi_register(c->d, MFN(a->gmfn), false);
}

int32_t physdev_IRQ_UNMASK_NOTIFY(struct subop_call *c, struct subop_none *none)
{
	pirqs_unmasked(c->d);
	return 0;
}

int32_t physdev_apic_read(struct subop_call *c, struct physdev_apic *a)
{
	return ioapic_read_register(a->apic_physbase, a->reg, &a->value) ? 0 : -XEN_EINVAL;
}

/*
 * What kernels said before there were map_pirq and setup_gsi: they ask for a
 * "vector", get the number they have in mind (alloc_irq_vector), and write it to
 * the pin, with trigger and polarity.  It is the pirq.  The chip gets vectors of
 * ours and is unmasked when a port is bound, so everything else they write, the
 * upper halves included, is taken and not done.
 */
int32_t physdev_apic_write(struct subop_call *c, struct physdev_apic *a)
{
	struct domain *d = c->d;
	const uint32_t vector = a->value & 0xff, mode = a->value >> 8 & 7;
	int32_t nr = vector;
	uint32_t gsi;
	int rc;

	if (a->reg < IOAPIC_FIRST_ENTRY)
		return 0; /* the chip's number, which is as the firmware left it */
	if (!ioapic_find_pin(a->apic_physbase, a->reg, &gsi))
		return -XEN_EINVAL;
	/* Fixed or lowest priority; SMI, NMI and the like are not for a pirq. */
	if (a->reg & 1 || !vector || mode > 1 || pirq_has_line(d, gsi))
		return 0;
	rc = pirq_map_gsi(d, gsi, &nr);
	if (!rc)
		line_setup(gsi, a->value & IOAPIC_ENTRY_LEVEL, a->value & IOAPIC_ENTRY_LOW);
	return rc;
}

/* ---- the rest ---- */

/* We reach configuration space through ports, so of PCI there is segment 0. */
static int32_t device(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	return segment || !pci_present(bus << 8 | devfn) ? -XEN_ENODEV : 0;
}

int32_t physdev_manage_pci_add(struct subop_call *c, struct physdev_manage_pci *a)
{
	return device(0, a->bus, a->devfn);
}

int32_t physdev_manage_pci_remove(struct subop_call *c, struct physdev_manage_pci *a)
{
	return device(0, a->bus, a->devfn);
}

int32_t physdev_manage_pci_add_ext(struct subop_call *c, struct physdev_manage_pci_ext *a)
{
	return device(0, a->bus, a->devfn);
}

_Static_assert(sizeof(struct physdev_pci_device_add) ==
		       offsetof(struct physdev_pci_device_add, optarr),
	       "what is optional is not copied");

int32_t physdev_pci_device_add(struct subop_call *c, struct physdev_pci_device_add *a)
{
	return device(a->seg, a->bus, a->devfn);
}

/* It may be gone from the bus by now. */
int32_t physdev_pci_device_remove(struct subop_call *c, struct physdev_pci_device *a)
{
	return a->seg ? -XEN_ENODEV : 0;
}

int32_t physdev_prepare_msix(struct subop_call *c, struct physdev_pci_device *a)
{
	return device(a->seg, a->bus, a->devfn);
}

int32_t physdev_release_msix(struct subop_call *c, struct physdev_pci_device *a)
{
	return device(a->seg, a->bus, a->devfn);
}

/* A window that we do not use. */
int32_t physdev_pci_mmcfg_reserved(struct subop_call *c, struct physdev_pci_mmcfg_reserved *a)
{
	return a->segment ? -XEN_ENODEV : 0;
}
