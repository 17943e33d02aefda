/* SPDX-License-Identifier: MIT */
/*
 * The two 8259 interrupt controllers.  The local APIC passes their interrupts
 * on ("virtual wire"), so they work as they did in 1984: a line is masked or
 * not, and each accepted interrupt must be ended at the chip it came from.
 * Commands and bits: Intel 8259A data sheet.
 */
#include "machine.h"
#include "x86.h"

#define PIC1_CMD    0x20
#define PIC1_DATA   0x21
#define PIC2_CMD    0xa0
#define PIC2_DATA   0xa1
#define CASCADE_IRQ 2

#define ICW1_INIT     0x11 /* edge triggered, cascaded, four init words */
#define ICW4_8086     0x01
#define OCW2_EOI      0x60 /* specific: the line's number in the low bits */
#define OCW3_READ_ISR 0x0b

static uint16_t masked = 0xffff & ~(1U << CASCADE_IRQ);

static void write_mask(void)
{
	outb(PIC1_DATA, masked & 0xff);
	outb(PIC2_DATA, masked >> 8);
}

/* The BIOS left the lines at vectors 8..15, on top of the exceptions. */
void pic_init(void)
{
	outb(PIC1_CMD, ICW1_INIT);
	outb(PIC2_CMD, ICW1_INIT);
	outb(PIC1_DATA, IRQ_BASE_VECTOR);
	outb(PIC2_DATA, IRQ_BASE_VECTOR + 8);
	outb(PIC1_DATA, 1U << CASCADE_IRQ); /* the first chip: a bit mask */
	outb(PIC2_DATA, CASCADE_IRQ);       /* the second: its own number */
	outb(PIC1_DATA, ICW4_8086);
	outb(PIC2_DATA, ICW4_8086);
	write_mask();
}

void pic_mask(uint32_t irq)
{
	masked |= 1U << irq;
	write_mask();
}

void pic_unmask(uint32_t irq)
{
	masked &= ~(1U << irq);
	write_mask();
}

void pic_eoi(uint32_t irq)
{
	if (irq >= 8) {
		outb(PIC2_CMD, OCW2_EOI | (irq - 8));
		irq = CASCADE_IRQ;
	}
	outb(PIC1_CMD, OCW2_EOI | irq);
}

void pic_eoi_cascade(void)
{
	outb(PIC1_CMD, OCW2_EOI | CASCADE_IRQ);
}

uint32_t pic_in_service(void)
{
	uint32_t first, second;

	outb(PIC1_CMD, OCW3_READ_ISR);
	outb(PIC2_CMD, OCW3_READ_ISR);
	first = inb(PIC1_CMD);
	second = inb(PIC2_CMD);
	return (first & ~(1U << CASCADE_IRQ)) | second << 8;
}
