/* SPDX-License-Identifier: MIT */
#ifndef RTC_H
#define RTC_H

/*
 * The battery clock (MC146818) as a source of interrupts that every PC has: its line, ISA 8, goes
 * up at a chosen rate and stays up until register C is read.
 */
#include "event.h"

#define RTC_PIRQ 8

static inline uint8_t rtc_read(uint8_t reg)
{
	asm volatile("outb %0, $0x70; inb $0x71, %0" : "+a"(reg));
	return reg;
}

static inline void rtc_write(uint8_t reg, uint8_t value)
{
	asm volatile("outb %b0, $0x70" : : "a"(reg));
	asm volatile("outb %b0, $0x71" : : "a"(value));
}

/* 64 interrupts a second, from now on; what was left pending is taken back first. */
static inline void rtc_start(void)
{
	rtc_write(0x0a, (rtc_read(0x0a) & 0xf0) | 10);
	rtc_write(0x0b, rtc_read(0x0b) | 0x40);
	rtc_read(0x0c);
}

static inline void rtc_stop(void)
{
	rtc_write(0x0b, rtc_read(0x0b) & ~0x40);
	rtc_read(0x0c);
}

/* Maps and binds the clock's interrupt; the port, or -errno. */
static inline int rtc_bind(void)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_GSI,
		.index = RTC_PIRQ,
		.pirq = RTC_PIRQ,
	};
	struct evtchn_bind_pirq bind = { .pirq = RTC_PIRQ };
	long rc = ringone_physdev_op(PHYSDEVOP_map_pirq, &map);

	if (!rc)
		rc = ringone_event_channel_op(EVTCHNOP_bind_pirq, &bind);
	return rc ? rc : (int)bind.port;
}

static inline void rtc_ports_open(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };

	if (!(start_info->flags & SIF_INITDOMAIN))
		guest_skip("not the initial domain");
	EXPECT(ringone_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
}

#endif
