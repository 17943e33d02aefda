/* SPDX-License-Identifier: MIT */
/*
 * The battery clock (MC146818), read once at boot for the wallclock.  It is
 * taken to run in UTC, which is what a hypervisor's guests expect.
 */
#include "machine.h"
#include "x86.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define RTC_SECOND     0x00
#define RTC_MINUTE     0x02
#define RTC_HOUR       0x04
#define RTC_DAY        0x07
#define RTC_MONTH      0x08
#define RTC_YEAR       0x09
#define RTC_A          0x0a
#define RTC_B          0x0b
#define RTC_A_UPDATING 0x80
#define RTC_B_BINARY   0x04
#define RTC_B_24H      0x02
#define HOUR_PM        0x80

struct rtc_time {
	uint8_t second, minute, hour, day, month, year, mode;
};

static uint8_t cmos_read(uint8_t index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

static struct rtc_time read_once(void)
{
	/* An update takes 2 ms at most; a chip that never finishes is not waited for. */
	for (uint32_t i = 0; i < 100000 && (cmos_read(RTC_A) & RTC_A_UPDATING); i++)
		cpu_relax();
	return (struct rtc_time){
		.second = cmos_read(RTC_SECOND),
		.minute = cmos_read(RTC_MINUTE),
		.hour = cmos_read(RTC_HOUR),
		.day = cmos_read(RTC_DAY),
		.month = cmos_read(RTC_MONTH),
		.year = cmos_read(RTC_YEAR),
		.mode = cmos_read(RTC_B),
	};
}

static uint32_t number(uint8_t v, uint8_t mode)
{
	return mode & RTC_B_BINARY ? v : (uint32_t)(v >> 4) * 10 + (v & 15);
}

uint64_t cmos_seconds(void)
{
	struct rtc_time a, b;
	uint32_t hour, year;

	/* Twice the same: no update went by in between.  A mad clock gets four chances. */
	for (int tries = 0; tries < 4; tries++) {
		a = read_once();
		b = read_once();
		if (a.second == b.second && a.minute == b.minute && a.hour == b.hour)
			break;
	}
	hour = number(b.hour & ~HOUR_PM, b.mode);
	if (!(b.mode & RTC_B_24H))
		hour = hour % 12 + (b.hour & HOUR_PM ? 12 : 0);
	year = number(b.year, b.mode);
	return date_to_seconds(year + (year < 70 ? 2000 : 1900), number(b.month, b.mode),
			       number(b.day, b.mode), hour, number(b.minute, b.mode),
			       number(b.second, b.mode));
}
