/* SPDX-License-Identifier: MIT */
#ifndef PCI_H
#define PCI_H

/* One device of PCI bus 0, as the initial domain drives it, and its interrupts. */
#include "event.h"

#define COMMAND_MEM 0x2
#define COMMAND_BUS 0x4

static uint32_t devfn; /* the one that the functions below are about */

static inline uint32_t config_read(uint32_t offset)
{
	uint32_t v;

	asm volatile("outl %0, %w1" : : "a"(0x80000000 | devfn << 8 | offset), "d"(0xcf8));
	asm volatile("inl %w1, %0" : "=a"(v) : "d"(0xcfc));
	return v;
}

static inline void config_write(uint32_t offset, uint32_t v)
{
	asm volatile("outl %0, %w1" : : "a"(0x80000000 | devfn << 8 | offset), "d"(0xcf8));
	asm volatile("outl %0, %w1" : : "a"(v), "d"(0xcfc));
}

/* Offset of a capability of the device, 0 when it has none. */
static inline uint32_t pci_capability(uint8_t id)
{
	uint32_t at = config_read(0x34) & 0xfc;

	while (at && (config_read(at) & 0xff) != id)
		at = config_read(at) >> 8 & 0xfc;
	return at;
}

/* Opens the ports, finds the device by its first configuration word and switches it on. */
static inline void pci_find(uint32_t id)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct physdev_pci_device_add add = { .bus = 0 };

	if (!(start_info->flags & SIF_INITDOMAIN))
		guest_skip("not the initial domain");
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	for (devfn = 0; devfn < 256 && config_read(0) != id; devfn++)
		;
	if (devfn == 256)
		guest_skip("the device is not there");
	config_write(4, config_read(4) | COMMAND_MEM | COMMAND_BUS);
	add.devfn = devfn;
	EXPECT(ringone_physdev_op(PHYSDEVOP_pci_device_add, &add), 0);
}

static inline int bind(uint32_t pirq)
{
	struct evtchn_bind_pirq b = { .pirq = pirq };

	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &b), 0);
	event_count[b.port] = 0;
	port_unmask(b.port);
	return b.port;
}

#endif
