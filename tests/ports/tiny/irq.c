/* SPDX-License-Identifier: MIT */
/* The two 8259 interrupt controllers: 8 lines each, the second hangs on line 2 of the first. */
#include "tiny.h"

#define PIC1 0x20
#define PIC2 0xa0

static uint8_t masks[2] = { 0xfb, 0xff }; /* all lines off but the cascade */

static void set_masks(void)
{
	outb(PIC1 + 1, masks[0]);
	outb(PIC2 + 1, masks[1]);
}

void pic_init(void)
{
	outb(PIC1, 0x11); /* four words follow */
	outb(PIC2, 0x11);
	outb(PIC1 + 1, IRQ_BASE);
	outb(PIC2 + 1, IRQ_BASE + 8);
	outb(PIC1 + 1, 4); /* the second one is on line 2 */
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1); /* 8086 mode */
	outb(PIC2 + 1, 1);
	set_masks();
}

void pic_allow(unsigned int line)
{
	masks[line / 8] &= ~(1 << line % 8);
	set_masks();
}

/* Says that a line has been served; until then the controller holds back the lower ones. */
void pic_done(unsigned int line)
{
	if (line >= 8)
		outb(PIC2, 0x20);
	outb(PIC1, 0x20);
}
