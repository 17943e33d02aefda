/* SPDX-License-Identifier: MIT */
/*
 * physdev_op for the domain that drives the machine's devices: interrupts,
 * and the notices about PCI devices that it finds.  Who may ask was settled
 * before (hypercalls.def); arguments are copied in before anything is looked
 * at, answers out when all is done.
 */
#include "internal.h"
#include "pirq.h"
#include "call/call.h"
#include "domain/domain.h"
#include "event/event.h"
#include "machine/machine.h"
#include "mm/mm.h"

union argument {
	struct physdev_eoi eoi;
	struct physdev_irq_status_query status;
	struct physdev_apic apic;
	struct physdev_irq irq;
	struct physdev_map_pirq map;
	struct physdev_unmap_pirq unmap;
	struct physdev_setup_gsi setup;
	struct physdev_get_free_pirq get_free;
	struct physdev_manage_pci pci_old;
	struct physdev_manage_pci_ext pci_ext;
	struct physdev_pci_device_add pci_add;
	struct physdev_pci_device pci;
	struct physdev_pci_mmcfg_reserved mmcfg;
	struct physdev_pirq_eoi_gmfn eoi_map;
};

static bool is_self(const struct domain *d, uint32_t domid)
{
	return domid == DOMID_SELF || domid == d->id;
}

/* ---- pirqs; event_lock held ---- */

static int32_t status(struct domain *d, struct physdev_irq_status_query *q)
{
	const struct pirq *p = pirq_of(d, q->irq);

	if (q->irq >= NR_PIRQS)
		return -XEN_EINVAL;
	/* A number that is not mapped yet has nothing to be ended: guests ask before they bind. */
	q->flags = p && line_needs_eoi(p->line) ? XENIRQSTAT_needs_eoi : 0;
	return 0;
}

static int32_t eoi(struct domain *d, const struct physdev_eoi *e)
{
	const struct pirq *p = pirq_of(d, e->irq);

	if (e->irq >= NR_PIRQS)
		return -XEN_EINVAL;
	if (!p)
		return 0;
	if (p->port && d->pirqs.eoi_unmasks)
		port_unmask(d, p->port);
	line_end(p->line);
	return 0;
}

/*
 * Several messages for one device want vectors in a row, which we do not
 * promise: 1 in entry_nr says how many a caller may ask for.
 */
static int32_t map(struct domain *d, struct physdev_map_pirq *m)
{
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

static int32_t unmap(struct domain *d, const struct physdev_unmap_pirq *u)
{
	if (!is_self(d, u->domid))
		return -XEN_ESRCH;
	return pirq_unmap(d, u->pirq);
}

static int32_t get_free(struct domain *d, struct physdev_get_free_pirq *g)
{
	int nr = pirq_reserve(d);

	if (nr < 0)
		return nr;
	g->pirq = nr;
	return 0;
}

static int32_t setup(const struct physdev_setup_gsi *s)
{
	if ((uint32_t)s->gsi >= NR_GSIS)
		return -XEN_EINVAL;
	return line_setup(s->gsi, s->triggering, s->polarity);
}

/*
 * What kernels said before there were map_pirq and setup_gsi: they ask for a
 * "vector", get the number they have in mind (alloc_irq_vector), and write it to
 * the pin, with trigger and polarity.  It is the pirq.  The chip gets vectors of
 * ours and is unmasked when a port is bound, so everything else they write, the
 * upper halves included, is taken and not done.
 */
static int32_t apic_write(struct domain *d, const struct physdev_apic *a)
{
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

static int32_t perform(struct domain *d, uint32_t cmd, union argument *a)
{
	switch (cmd) {
	case PHYSDEVOP_irq_status_query:
		return status(d, &a->status);
	case PHYSDEVOP_eoi:
		return eoi(d, &a->eoi);
	case PHYSDEVOP_pirq_eoi_gmfn_v1:
	case PHYSDEVOP_pirq_eoi_gmfn_v2:
		return pirq_eoi_register(d, MFN(a->eoi_map.gmfn),
					 cmd == PHYSDEVOP_pirq_eoi_gmfn_v1);
	case PHYSDEVOP_map_pirq:
		return map(d, &a->map);
	case PHYSDEVOP_unmap_pirq:
		return unmap(d, &a->unmap);
	case PHYSDEVOP_get_free_pirq:
		return get_free(d, &a->get_free);
	case PHYSDEVOP_setup_gsi:
		return setup(&a->setup);
	case PHYSDEVOP_alloc_irq_vector:
		/* Vectors are ours; the guest only wants a number to note down. */
		a->irq.vector = a->irq.irq;
		return a->irq.irq < NR_PIRQS ? 0 : -XEN_EINVAL;
	case PHYSDEVOP_apic_read:
		return ioapic_read_register(a->apic.apic_physbase, a->apic.reg, &a->apic.value)
			       ? 0
			       : -XEN_EINVAL;
	case PHYSDEVOP_apic_write:
		return apic_write(d, &a->apic);
	case PHYSDEVOP_manage_pci_add:
	case PHYSDEVOP_manage_pci_remove:
		return device(0, a->pci_old.bus, a->pci_old.devfn);
	case PHYSDEVOP_manage_pci_add_ext:
		return device(0, a->pci_ext.bus, a->pci_ext.devfn);
	case PHYSDEVOP_pci_device_add:
		return device(a->pci_add.seg, a->pci_add.bus, a->pci_add.devfn);
	case PHYSDEVOP_pci_device_remove: /* it may be gone from the bus by now */
		return a->pci.seg ? -XEN_ENODEV : 0;
	case PHYSDEVOP_prepare_msix:
	case PHYSDEVOP_release_msix:
		return device(a->pci.seg, a->pci.bus, a->pci.devfn);
	case PHYSDEVOP_pci_mmcfg_reserved: /* a window that we do not use */
		return a->mmcfg.segment ? -XEN_ENODEV : 0;
	default:
		return -XEN_ENOSYS;
	}
}

/* Bytes that an operation reads, and which of them write an answer back. */
static uint32_t argument_size(uint32_t cmd, bool *answers)
{
	*answers = false;
	switch (cmd) {
	case PHYSDEVOP_irq_status_query:
		*answers = true;
		return sizeof(struct physdev_irq_status_query);
	case PHYSDEVOP_map_pirq:
		*answers = true;
		return sizeof(struct physdev_map_pirq);
	case PHYSDEVOP_get_free_pirq:
		*answers = true;
		return sizeof(struct physdev_get_free_pirq);
	case PHYSDEVOP_alloc_irq_vector:
		*answers = true;
		return sizeof(struct physdev_irq);
	case PHYSDEVOP_apic_read:
		*answers = true;
		return sizeof(struct physdev_apic);
	case PHYSDEVOP_apic_write:
		return sizeof(struct physdev_apic);
	case PHYSDEVOP_eoi:
		return sizeof(struct physdev_eoi);
	case PHYSDEVOP_pirq_eoi_gmfn_v1:
	case PHYSDEVOP_pirq_eoi_gmfn_v2:
		return sizeof(struct physdev_pirq_eoi_gmfn);
	case PHYSDEVOP_unmap_pirq:
		return sizeof(struct physdev_unmap_pirq);
	case PHYSDEVOP_setup_gsi:
		return sizeof(struct physdev_setup_gsi);
	case PHYSDEVOP_manage_pci_add:
	case PHYSDEVOP_manage_pci_remove:
		return sizeof(struct physdev_manage_pci);
	case PHYSDEVOP_manage_pci_add_ext:
		return sizeof(struct physdev_manage_pci_ext);
	case PHYSDEVOP_pci_device_add:
		return offsetof(struct physdev_pci_device_add, optarr);
	case PHYSDEVOP_pci_device_remove:
	case PHYSDEVOP_prepare_msix:
	case PHYSDEVOP_release_msix:
		return sizeof(struct physdev_pci_device);
	case PHYSDEVOP_pci_mmcfg_reserved:
		return sizeof(struct physdev_pci_mmcfg_reserved);
	default:
		return 0;
	}
}

int32_t physdev_interrupts(uint32_t cmd, gva_t arg)
{
	struct domain *d = current->domain;
	union argument a;
	uint32_t size;
	bool answers;
	int32_t rc;

	if (cmd == PHYSDEVOP_IRQ_UNMASK_NOTIFY) {
		spin_lock(&d->events.lock);
		pirqs_unmasked(d);
		spin_unlock(&d->events.lock);
		return 0;
	}
	size = argument_size(cmd, &answers);
	if (!size)
		return -XEN_ENOSYS;
	if (copy_from_guest_raw(&a, arg, size))
		return trace_error(-XEN_EFAULT);
	spin_lock(&d->events.lock);
	rc = perform(d, cmd, &a);
	spin_unlock(&d->events.lock);
	if (rc)
		return trace_error(rc);
	return answers && copy_to_guest_raw(arg, &a, size) ? trace_error(-XEN_EFAULT) : 0;
}
