/* SPDX-License-Identifier: MIT */
/*
 * Question: does a level-triggered line wait for the domain's EOI?
 *
 * Expected: declared as level, the battery clock's line comes once and then stays masked, however
 * long it is up; EOI with the line still up brings it again at once; EOI after the clock was
 * served brings the next tick. The second setup_gsi, and one that names no line, are refused.
 */
#include "mm.h"
#include "rtc.h"

void test_main(void)
{
	struct physdev_setup_gsi setup = { .gsi = RTC_PIRQ, .triggering = 1, .polarity = 0 };
	struct physdev_irq_status_query query = { .irq = RTC_PIRQ };
	struct physdev_eoi end = { .irq = RTC_PIRQ };
	static volatile uint32_t page[1024] __attribute__((aligned(4096)));
	struct physdev_pirq_eoi_gmfn bits;
	unsigned int n;
	int port;

	rtc_ports_open();
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), -XEN_EEXIST);
	setup.gsi = 1000000;
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), -XEN_EINVAL);
	setup.gsi = -1;
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), -XEN_EINVAL);

	rtc_stop();
	port = rtc_bind();
	CHECK(port > 0, "%d", port);
	EXPECT(ringone_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
	EXPECT(query.flags & XENIRQSTAT_needs_eoi, XENIRQSTAT_needs_eoi);

	/* The same answer, as a bit in a page of ours. */
	bits.gmfn = virt_to_mfn(l3_table);
	CHECK(ringone_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &bits) < 0, "a page table");
	bits.gmfn = virt_to_mfn((const void *)page);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &bits), 0);
	EXPECT(ringone_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &bits), -XEN_EBUSY);
	EXPECT(page[0], 1 << RTC_PIRQ);

	rtc_start();
	events_on();
	port_unmask(port);
	CHECK(event_wait(port, 0, 3000), "no interrupt");
	n = event_count[port];
	CHECK(!event_wait(port, n, 200), "the line came again before its EOI");
	EXPECT(n, 1);

	/* The clock was not served: its line is still up. */
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
	CHECK(event_wait(port, n, 100), "a line that is still up was forgotten");
	n = event_count[port];

	for (int i = 0; i < 10; i++) {
		rtc_read(0x0c);
		EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
		CHECK(event_wait(port, n, 1000), "tick %d did not come", i);
		n = event_count[port];
	}
	events_off();
	rtc_stop();
	EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
	EXPECT(port_close(port), 0);
}
