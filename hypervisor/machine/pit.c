/* SPDX-License-Identifier: MIT */
/*
 * The 8254 interval timer, used for one thing: it counts at a frequency that
 * is the same on every PC, so the clocks that matter are measured against it.
 * Channel 2 is the speaker's; with the speaker switched off it counts unheard.
 */
#include "machine.h"
#include "x86.h"

#define PIT_CH2  0x42
#define PIT_MODE 0x43
#define PORT_B   0x61 /* bit 0: gate of channel 2, bit 1: speaker */

#define CH2_MODE0_LOHI 0xb0 /* counts down once from the value, then wraps */
#define CH2_LATCH      0x80

void pit_start(void)
{
	outb(PORT_B, (inb(PORT_B) & ~0x03) | 0x01);
	outb(PIT_MODE, CH2_MODE0_LOHI);
	outb(PIT_CH2, 0xff);
	outb(PIT_CH2, 0xff);
}

/* Latched first: the two halves read one after the other belong to one moment. */
uint16_t pit_count(void)
{
	uint16_t low;

	outb(PIT_MODE, CH2_LATCH);
	low = inb(PIT_CH2);
	return low | (uint16_t)inb(PIT_CH2) << 8;
}
