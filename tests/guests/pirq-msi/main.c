/* SPDX-License-Identifier: MIT */
/*
 * Question: does a PCI device's interrupt arrive, by its line and by message?
 *
 * Expected, with QEMU's "edu" device, which raises its interrupt when told to: on its line (level,
 * as the firmware's table says) once for each EOI and not after it was quieted; by MSI, whose
 * message the hypervisor has put into the device, once for each raise without EOI. Devices that
 * are not there or cannot send messages are refused.
 */
#include "mm.h"
#include "pci.h"

#define EDU_ID     0x11e81234
#define EDU_VA     0xd0000000 /* where its first page is mapped */
#define EDU_RAISE  0x60
#define EDU_ACK    0x64
#define CAP_MSI    0x05
#define MSI_ENABLE (1u << 16)

static void edu_write(uint32_t offset, uint32_t v)
{
	*(volatile uint32_t *)(EDU_VA + offset) = v;
}

static void by_line(void)
{
	struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI };
	struct physdev_eoi end;
	int port;

	map.index = map.pirq = config_read(0x3c) & 0xff;
	note("edu's line is %d", map.index);
	EXPECT(ringone_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
	end.irq = map.pirq;
	port = bind(map.pirq);
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int before = event_count[port];

		edu_write(EDU_RAISE, 1);
		CHECK(event_wait(port, before, 1000), "raise %u on the line", i);
		/* Xen ends a line by itself after a millisecond. */
		if (on_ringone)
			CHECK(!event_wait(port, before + 1, 20), "again before the EOI");
		edu_write(EDU_ACK, 1);
		EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
		event_wait(port, before + 1, 2);
		before = event_count[port];
		CHECK(!event_wait(port, before, 20), "again after the device was quieted");
	}
	EXPECT(port_close(port), 0);
}

static void by_message(void)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_MSI_SEG,
		.index = -1,
		.pirq = -1,
	};
	struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF };
	uint32_t cap = pci_capability(CAP_MSI);
	int port;

	map.devfn = 0; /* the host bridge */
	CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "a device without messages");
	map.devfn = 31 << 3;
	CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "a device that is not there");
	map.devfn = devfn;
	if (on_ringone) { /* Xen has segments */
		map.bus = 1 << 16;
		CHECK(ringone_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "another segment");
		map.bus = 0;
	}
	map.pirq = -1;
	EXPECT(ringone_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
	note("edu's message is pirq %d", map.pirq);
	port = bind(map.pirq);
	config_write(cap, config_read(cap) | MSI_ENABLE);
	for (unsigned int i = 0; i < 5; i++) {
		edu_write(EDU_RAISE, 1);
		CHECK(event_wait(port, i, 1000), "raise %u by message", i);
		edu_write(EDU_ACK, 1);
	}
	EXPECT(event_count[port], 5);
	config_write(cap, config_read(cap) & ~MSI_ENABLE);
	EXPECT(port_close(port), 0);
	unmap.pirq = map.pirq;
	EXPECT(ringone_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), 0);
}

void test_main(void)
{
	pci_find(EDU_ID);
	map_page(EDU_VA, config_read(0x10) >> 12, PTE_P | PTE_RW | PTE_PCD | PTE_PWT);
	events_on();
	by_line();
	by_message();
	events_off();
}
