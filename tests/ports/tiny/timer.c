/* SPDX-License-Identifier: MIT */
/* The clock: channel 0 of the 8254 interrupts TICKS_PER_SECOND times a second on line 0. */
#include "tiny.h"

#define PIT_HZ 1193182

volatile uint32_t ticks;

void timer_init(void)
{
	uint32_t divisor = PIT_HZ / TICKS_PER_SECOND;

	outb(0x43, 0x34); /* channel 0, both bytes, rate generator */
	outb(0x40, divisor & 0xff);
	outb(0x40, divisor >> 8);
	pic_allow(0);
}

/* Every tick ends the turn of the process that runs. */
void timer_tick(void)
{
	ticks++;
	want_schedule = 1;
}
