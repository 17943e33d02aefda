/* SPDX-License-Identifier: MIT */
/*
 * Question: can a first domain set up its interrupts in the old way, by vector and IO-APIC register?
 *
 * Expected: alloc_irq_vector answers the number asked for; a write to the low half of a pin's entry
 * maps its vector field, as a pirq, to the pin and sets trigger and polarity; bound, the interrupt
 * comes. The upper half, the chip's other registers, a masked pin without a vector and later writes
 * are taken and change nothing; a register that does not exist and a pirq that is another line's
 * are refused.
 *
 * Because: kernels from before PHYSDEVOP_map_pirq (NetBSD as first domain to this day) know no other
 * way.
 */
#include "rtc.h"

#define CHIP      0xfec00000u
#define NUMBER    40 /* the clock's, as this kernel counts */
#define LEVEL     (1u << 15)
#define MASKED    (1u << 16)
#define LOW(pin)  (0x10u + 2 * (pin))
#define HIGH(pin) (LOW(pin) + 1)

static long write(uint32_t reg, uint32_t value)
{
	struct physdev_apic w = { .apic_physbase = CHIP, .reg = reg, .value = value };

	return ringone_physdev_op(PHYSDEVOP_apic_write, &w);
}

static uint32_t version(void)
{
	struct physdev_apic r = { .apic_physbase = CHIP, .reg = 1 };

	EXPECT(ringone_physdev_op(PHYSDEVOP_apic_read, &r), 0);
	return r.value;
}

static int needs_eoi(void)
{
	struct physdev_irq_status_query query = { .irq = NUMBER };

	EXPECT(ringone_physdev_op(PHYSDEVOP_irq_status_query, &query), 0);
	return !!(query.flags & XENIRQSTAT_needs_eoi);
}

void test_main(void)
{
	struct physdev_irq irq = { .irq = NUMBER };
	struct evtchn_bind_pirq bind = { .pirq = NUMBER };
	struct physdev_eoi end = { .irq = NUMBER };
	uint32_t pins = (version() >> 16 & 0xff) + 1;

	rtc_ports_open();
	rtc_stop();
	EXPECT(ringone_physdev_op(PHYSDEVOP_alloc_irq_vector, &irq), 0);
	EXPECT(irq.vector, NUMBER);
	EXPECT(write(0, 3 << 24), 0); /* the chip's own number */
	EXPECT(write(LOW(8), MASKED), 0);
	EXPECT(write(HIGH(8), 1 << 24), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EPERM);
	EXPECT(write(LOW(8), MASKED | LEVEL | irq.vector), 0);
	EXPECT(write(LOW(8), LEVEL | irq.vector), 0); /* as kernels unmask */
	EXPECT(write(LOW(9), MASKED | LEVEL | irq.vector), -XEN_EEXIST);
	EXPECT(write(LOW(pins), MASKED | 50), -XEN_EINVAL);
	EXPECT(write(0xffffffff, MASKED | 50), -XEN_EINVAL);

	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind), 0);
	EXPECT(needs_eoi(), 1);
	rtc_start();
	events_on();
	port_unmask(bind.port);
	for (unsigned int n = 0; n < 5; n++) {
		CHECK(event_wait(bind.port, n, 1000), "tick %u did not come", n);
		rtc_read(0x0c);
		EXPECT(ringone_physdev_op(PHYSDEVOP_eoi, &end), 0);
	}
	events_off();
	rtc_stop();
	EXPECT(port_close(bind.port), 0);
}
