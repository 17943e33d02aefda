/* SPDX-License-Identifier: MIT */
/*
 * Message-signalled interrupts: a device writes a word to an address, and that
 * is the interrupt (PCI Local Bus 3.0, section 6.8; Intel SDM 3, 10.11).  The
 * domain asks for one, we tell the device what to write; so a domain chooses
 * the device and never the vector.
 *
 * Only segment 0, through the configuration ports, whose address register is
 * left as it was found: a domain may be between its own two accesses.
 */
#include "internal.h"
#include "pirq.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "x86.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc

#define PCI_ID              0x00
#define PCI_COMMAND         0x04 /* with status in the upper half */
#define STATUS_CAPABILITIES (1U << 20)
#define PCI_BAR0            0x10
#define PCI_CAPABILITIES    0x34

#define BAR_IO      0x1
#define BAR_64BIT   0x4
#define BAR_ADDRESS 0xfffffff0U

#define CAP_MSI         0x05
#define CAP_MSIX        0x11
#define MSI_64BIT       (1U << 23) /* in the capability's first word */
#define MSI_MULTIPLE    (7U << 20)
#define MSIX_LAST(head) ((head) >> 16 & 0x7ff)

#define MESSAGE_ADDRESS 0xfee00000U /* plus the local APIC's number at bit 12 */

static uint32_t config(uint16_t bus_devfn, uint32_t offset, const uint32_t *write)
{
	uint32_t before = inl(CONFIG_ADDRESS), value = 0;

	outl(CONFIG_ADDRESS, 0x80000000U | (uint32_t)bus_devfn << 8 | (offset & 0xfc));
	if (write)
		outl(CONFIG_DATA, *write);
	else
		value = inl(CONFIG_DATA);
	outl(CONFIG_ADDRESS, before);
	return value;
}

static uint32_t config_read(uint16_t bus_devfn, uint32_t offset)
{
	return config(bus_devfn, offset, NULL);
}

static void config_write(uint16_t bus_devfn, uint32_t offset, uint32_t value)
{
	config(bus_devfn, offset, &value);
}

bool pci_present(uint16_t bus_devfn)
{
	return (config_read(bus_devfn, PCI_ID) & 0xffff) != 0xffff;
}

/* Offset of the capability, 0 when it has none.  A chain that bites its tail is given up on. */
static uint32_t find_capability(uint16_t bus_devfn, uint8_t id)
{
	uint32_t at, head;

	if (!pci_present(bus_devfn) || !(config_read(bus_devfn, PCI_COMMAND) & STATUS_CAPABILITIES))
		return 0;
	at = config_read(bus_devfn, PCI_CAPABILITIES) & 0xfc;
	for (int i = 0; at >= 0x40 && i < 48; i++) {
		head = config_read(bus_devfn, at);
		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfc;
	}
	return 0;
}

static int program_msi(uint16_t bus_devfn, uint8_t vector)
{
	uint32_t cap = find_capability(bus_devfn, CAP_MSI), head;

	if (!cap)
		return -XEN_ENODEV;
	head = config_read(bus_devfn, cap);
	config_write(bus_devfn, cap, head & ~MSI_MULTIPLE);
	config_write(bus_devfn, cap + 4, MESSAGE_ADDRESS | this_cpu()->apic_id << 12);
	if (head & MSI_64BIT)
		config_write(bus_devfn, cap + 8, 0);
	config_write(bus_devfn, cap + (head & MSI_64BIT ? 12 : 8), vector);
	return 0;
}

/* Machine address of the table, as the device itself says; 0: it is not memory. */
static paddr_t msix_table(uint16_t bus_devfn, uint32_t cap)
{
	uint32_t where = config_read(bus_devfn, cap + 4), bar = PCI_BAR0 + (where & 7) * 4, low;
	paddr_t base;

	if ((where & 7) > 5)
		return 0;
	low = config_read(bus_devfn, bar);
	if (low & BAR_IO)
		return 0;
	base = low & BAR_ADDRESS;
	if (low & BAR_64BIT)
		base |= (paddr_t)config_read(bus_devfn, bar + 4) << 32;
	return base ? base + (where & ~7U) : 0;
}

/*
 * table_base is where the domain believes the table's window to be: it must
 * agree with the device, and neither may point anywhere that the domain could
 * not write by itself.
 */
static int program_msix(uint16_t bus_devfn, uint16_t entry, paddr_t table_base, uint8_t vector)
{
	uint32_t cap = find_capability(bus_devfn, CAP_MSIX);
	volatile uint32_t *e;
	paddr_t at;

	if (!cap)
		return -XEN_ENODEV;
	at = msix_table(bus_devfn, cap);
	if (entry > MSIX_LAST(config_read(bus_devfn, cap)) || !at ||
	    table_base != at - (config_read(bus_devfn, cap + 4) & ~7U))
		return -XEN_EINVAL;
	at += entry * 16;
	if (!io_frame_mappable(current->domain, paddr_to_mfn(at)))
		return -XEN_EPERM;
	map_hypervisor_page(FIX_MSIX, paddr_to_mfn(at), PTE_P | PTE_RW | PTE_PCD | PTE_PWT);
	e = (volatile uint32_t *)(FIX_MSIX + ((uint32_t)at & (PAGE_SIZE - 1)));
	e[0] = MESSAGE_ADDRESS | this_cpu()->apic_id << 12;
	e[1] = 0;
	e[2] = vector;
	e[3] = 0; /* not masked */
	return 0;
}

int msi_program(uint16_t bus_devfn, uint16_t msix_entry, paddr_t table_base, uint8_t vector)
{
	return msix_entry == MSI_PLAIN ? program_msi(bus_devfn, vector)
				       : program_msix(bus_devfn, msix_entry, table_base, vector);
}
