/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/say/serial.c */
/* cflags: -include say/uart.h -Wno-unused-parameter */
/*
 * The serial line under a chip that is slow, has no FIFO, gives no interrupts, or is not there: nobody
 * waits for it with interrupts off but the last words, no byte is lost or out of order while there is
 * room, and what finds no room is counted and said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "say/say.h"

/* ---- the chip ---- */

static struct {
	bool absent, silent;    /* no chip; no interrupts of its */
	uint32_t fifo, waiting; /* bytes it holds, and has */
	uint8_t ier;
	bool tx_pending; /* the transmitter is empty, and nobody was told */
	char sent[1 << 17];
	uint32_t nr_sent, polls; /* polls: how often its state was asked for */
} uart;

static struct cpu cpu;

struct cpu *uart_cpu(void)
{
	return &cpu;
}

uint8_t uart_in(uint16_t port)
{
	if (uart.absent)
		return 0xff;
	switch (port & 7) {
	case 2:
		if (uart.tx_pending && uart.ier & 2) {
			uart.tx_pending = false;
			return 0x02 | (uart.fifo > 1 ? 0xc0 : 0);
		}
		return 0x01 | (uart.fifo > 1 ? 0xc0 : 0);
	case 5:
		uart.polls++;
		if (uart.waiting && uart.polls % 50 == 0) /* whoever polls waits long */
			uart.waiting--;
		return uart.waiting ? 0 : 0x60;
	}
	return 0;
}

void uart_out(uint16_t port, uint8_t value)
{
	static bool divisor;

	if (uart.absent)
		return;
	if ((port & 7) == 3)
		divisor = value & 0x80;
	if ((port & 7) == 1 && !divisor) {
		if (value & 2 && !(uart.ier & 2) && !uart.waiting)
			uart.tx_pending = true;
		uart.ier = value;
	}
	if ((port & 7) == 0 && !divisor) {
		assert_true(uart.waiting < uart.fifo); /* or a byte is lost in the chip */
		uart.sent[uart.nr_sent++ % sizeof(uart.sent)] = value;
		uart.waiting++;
		uart.tx_pending = false;
	}
}

void uart_window(void)
{
	if (uart.tx_pending && uart.ier & 2 && !uart.silent)
		serial_interrupt();
}

/* The bytes in the chip leave it; the interrupt comes if there is one. */
static void time_passes(void)
{
	if (uart.waiting) {
		uart.waiting = 0;
		uart.tx_pending = true;
	}
	uart_window();
}

static void start(uint32_t fifo, bool silent, bool absent)
{
	memset(&uart, 0, sizeof(uart));
	memset(&cpu, 0, sizeof(cpu));
	uart.fifo = fifo;
	uart.silent = silent;
	uart.absent = absent;
	serial_drain();
	uart.nr_sent = uart.polls = 0;
	console_init();
	serial_enable_interrupts();
	uart.polls = 0;
}

static void say(char c, uint32_t n)
{
	while (n--)
		console_write(&c, 1);
}

/* ---- questions ---- */

static void nobody_waits(void **state)
{
	start(16, false, false);
	for (int i = 0; i < 4000; i++) {
		char c = 'a' + i % 26;

		console_write(&c, 1);
	}
	assert_int_equal(uart.polls, 0);
	assert_int_equal(uart.nr_sent, 0);
	for (int i = 0; i < 4000 / 16 + 2; i++)
		time_passes();
	assert_int_equal(uart.nr_sent, 4000);
	for (int i = 0; i < 4000; i++)
		assert_int_equal(uart.sent[i], 'a' + i % 26);
	assert_true(uart.polls <= 3 * (4000 / 16 + 2)); /* three looks an interrupt */
	assert_int_equal(uart.ier & 2, 0);              /* nothing to send, nothing to ask */
}

static void without_a_fifo(void **state)
{
	start(1, false, false);
	console_write("x\ny\n", 4);
	for (int i = 0; i < 10; i++)
		time_passes();
	assert_int_equal(uart.nr_sent, 6);
	assert_memory_equal(uart.sent, "x\r\ny\r\n", 6);
}

/* Half of the ring is a guest's; it hears when there is room again, and may be the one that polls. */
static void a_guest_waits(void **state)
{
	uint32_t taken = 0, n;

	start(16, false, false);
	while ((n = console_room())) {
		say('\n', n);
		taken += n;
	}
	assert_in_range(taken, 4000, 4096);
	assert_int_equal(cpu.softirq & SOFTIRQ_CONSOLE, 0);
	for (int i = 0; i < 200; i++)
		time_passes();
	assert_int_equal(cpu.softirq & SOFTIRQ_CONSOLE, 0); /* not for every byte */
	for (int i = 0; i < 200; i++)
		time_passes();
	assert_true(cpu.softirq & SOFTIRQ_CONSOLE);
	assert_true(console_room() > 1000);
}

static void losses_are_told(void **state)
{
	start(16, false, false);
	say('a', 20000);
	console_lost(100);
	for (int i = 0; i < 2000; i++)
		time_passes();
	assert_int_equal(uart.nr_sent, 16384);
	say('b', 1);
	for (int i = 0; i < 20; i++)
		time_passes();
	uart.sent[uart.nr_sent] = '\0';
	assert_non_null(strstr(uart.sent, "(3716 bytes were too much for the serial line)\r\nb"));
}

/* All of it leaves in order, then everything is polled: nobody has to let interrupts in any more. */
static void the_end(void **state)
{
	start(16, false, false);
	say('a', 1000);
	serial_drain();
	assert_int_equal(uart.nr_sent, 1000);
	console_write("PANIC", 5);
	assert_int_equal(uart.nr_sent, 1005);
	assert_memory_equal(uart.sent + 1000, "PANIC", 5);
	assert_int_equal(console_room(), ~0U);
}

static void no_interrupts(void **state)
{
	start(16, true, false);
	say('a', 100);
	assert_int_equal(uart.nr_sent, 100); /* polled, as ever */
	assert_int_equal(console_room(), ~0U);
}

static void no_chip(void **state)
{
	start(16, false, true);
	say('a', 100000);
	assert_int_equal(console_room(), ~0U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits),  cmocka_unit_test(without_a_fifo),
		cmocka_unit_test(a_guest_waits), cmocka_unit_test(losses_are_told),
		cmocka_unit_test(the_end),       cmocka_unit_test(no_interrupts),
		cmocka_unit_test(no_chip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
