/* SPDX-License-Identifier: MIT */
/*
 * Question: can a domain that does not own the machine get at its interrupts?
 *
 * Expected: -EPERM from every operation that maps, binds or sets one up, and from platform_op;
 * asking whether a number wants an EOI, and ending what never began, is harmless.
 */
#include "event.h"
#include <xen/platform.h>

void test_main(void)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = 8,
		.pirq = 8,
	};
	struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = 8 };
	struct physdev_setup_gsi setup = { .gsi = 8 };
	struct physdev_get_free_pirq free = { .type = MAP_PIRQ_TYPE_MSI };
	struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };
	struct physdev_pci_device_add add = { .bus = 0 };
	struct physdev_irq_status_query query = { .irq = 8 };
	struct physdev_eoi end = { .irq = 8 };
	struct evtchn_bind_pirq bind = { .pirq = 8 };
	struct xen_platform_op op = {
		.cmd = XENPF_settime64,
		.interface_version = XENPF_INTERFACE_VERSION,
	};

	EXPECT(ringone_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_get_free_pirq, &free), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_apic_read, &apic), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_apic_write, &apic), -XEN_EPERM);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pci_device_add, &add), -XEN_EPERM);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EPERM);
	EXPECT(ringone_call(__HYPERVISOR_platform_op, (uint32_t)&op, 0, 0, 0, 0), -XEN_EPERM);

	EXPECT(ringone_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
	EXPECT(query.flags, 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0); /* of nothing */
}
