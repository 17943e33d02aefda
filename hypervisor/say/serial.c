/* SPDX-License-Identifier: MIT */
/*
 * The serial console: a 16550 at COM1 or COM2, 115200 8n1.  Output is polled,
 * so that it works at any moment; input arrives by interrupt and waits in a
 * small ring until the console softirq fetches it.
 */
#include "say.h"
#include "mm/mm.h"
#include "x86.h"

#define UART_DATA     0
#define UART_IER      1
#define UART_FCR      2
#define UART_LCR      3
#define UART_MCR      4
#define UART_LSR      5
#define LSR_DATA      0x01
#define LSR_THR_EMPTY 0x20
#define LSR_IDLE      0x40

static uint16_t uart = 0x3f8;
static spinlock_t console_lock;
static char input[256];
static uint32_t input_head, input_tail; /* free running */

void serial_use_port(uint16_t port)
{
	uart = port;
	console_init();
}

uint16_t serial_port(void)
{
	return uart;
}

uint32_t serial_irq_line(void)
{
	return uart == 0x2f8 ? 3 : 4;
}

void console_init(void)
{
	outb(uart + UART_IER, 0);
	outb(uart + UART_LCR, 0x80);
	outb(uart + UART_DATA, 1); /* divisor 1: 115200 */
	outb(uart + UART_IER, 0);
	outb(uart + UART_LCR, 0x03);
	outb(uart + UART_FCR, 0x07);
	outb(uart + UART_MCR, 0x0b); /* DTR, RTS, OUT2: the last one lets interrupts through */
}

/* Called once the interrupt controller is up. */
void serial_enable_input(void)
{
	outb(uart + UART_IER, 0x01);
}

static void uart_put(char c)
{
	uint32_t patience = 1000000;

	/* A line without a UART reads 0xff: ready.  One that hangs is given up on. */
	while (!(inb(uart + UART_LSR) & LSR_THR_EMPTY) && --patience)
		cpu_relax();
	outb(uart + UART_DATA, c);
}

void console_putc(char c)
{
	if (c == '\n')
		uart_put('\r');
	uart_put(c);
}

void console_write_guest(const char *s, uint32_t bytes)
{
	spin_lock(&console_lock);
	while (bytes--)
		console_putc(*s++);
	spin_unlock(&console_lock);
}

/* Wait until the last byte has left: before the machine is switched off. */
void serial_drain(void)
{
	uint32_t patience = 1000000;

	while (!(inb(uart + UART_LSR) & LSR_IDLE) && --patience)
		cpu_relax();
}

/*
 * What finds no room stays in the chip, which holds the sender off: a script
 * fed through the line loses nothing.  An absent UART would read as full for
 * ever, so one visit takes 64 bytes at most.
 */
static void fetch_input(void)
{
	for (int i = 0; i < 64 && input_head - input_tail < sizeof(input); i++) {
		if (!(inb(uart + UART_LSR) & LSR_DATA))
			return;
		input[input_head++ % sizeof(input)] = inb(uart + UART_DATA);
	}
}

void serial_interrupt(void)
{
	fetch_input();
	if (input_head != input_tail)
		this_cpu()->softirq |= SOFTIRQ_CONSOLE;
}

/* Asks the chip too: it gives no second interrupt for bytes that were left in it. */
int serial_getc(void)
{
	if (input_head == input_tail)
		fetch_input();
	if (input_head == input_tail)
		return -1;
	return (unsigned char)input[input_tail++ % sizeof(input)];
}
