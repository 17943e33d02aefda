/* SPDX-License-Identifier: MIT */
/* The console is the first serial port; print() knows %s %d %u %x and %c, with a width for %x. */
#include <stdarg.h>
#include "tiny.h"

#define COM1 0x3f8

/* 115200 baud, 8 bits, no parity, no interrupts. */
void console_init(void)
{
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x80); /* the next two are the divisor */
	outb(COM1 + 0, 1);
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 3);
	outb(COM1 + 2, 7);
}

static void send(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, c);
}

void console_write(const char *text, size_t len)
{
	while (len--) {
		if (*text == '\n')
			send('\r');
		send(*text++);
	}
}

static void put_number(uint32_t n, uint32_t base, int width)
{
	char digits[12];
	int i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[n % base];
		n /= base;
		width--;
	} while (n || width > 0);
	console_write(digits + i, sizeof(digits) - i);
}

static void put_signed(int n)
{
	if (n < 0)
		console_write("-", 1);
	put_number(n < 0 ? -(uint32_t)n : (uint32_t)n, 10, 0);
}

static void vprint(const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		int width = 0;

		if (*fmt != '%') {
			console_write(fmt, 1);
			continue;
		}
		while (*++fmt >= '0' && *fmt <= '9')
			width = width * 10 + *fmt - '0';
		if (*fmt == 's') {
			const char *s = va_arg(ap, const char *);

			console_write(s, strlen(s));
		} else if (*fmt == 'c') {
			char c = va_arg(ap, int);

			console_write(&c, 1);
		} else if (*fmt == 'd') {
			put_signed(va_arg(ap, int));
		} else {
			put_number(va_arg(ap, uint32_t), *fmt == 'x' ? 16 : 10, width);
		}
	}
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	irq_disable();
	va_start(ap, fmt);
	print("tiny: PANIC: ");
	vprint(fmt, ap);
	print("\n");
	va_end(ap);
	power_off();
}
