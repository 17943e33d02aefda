/* SPDX-License-Identifier: MIT */
/*
 * The serial console: a 16550 at COM1 or COM2, 115200 8n1.
 *
 * A byte takes 87 microseconds, so what is said waits in a ring, which the
 * interrupt of the empty transmitter drains.  It is polled, with interrupts
 * off, only at boot, where such an interrupt was never seen, and for the last
 * words: a panic, the end of the machine.  A guest gets half of the ring and
 * waits for room (console_room); the hypervisor's own words never wait, and
 * what does not fit is counted, and said.
 *
 * Input arrives by interrupt and waits in a small ring until the console
 * softirq fetches it.
 */
#include "say.h"
#include "mm/mm.h"
#include "x86.h"

#define UART_DATA     0
#define UART_IER      1
#define UART_IIR      2 /* read */
#define UART_FCR      2 /* write */
#define UART_LCR      3
#define UART_MCR      4
#define UART_LSR      5
#define LSR_DATA      0x01
#define LSR_THR_EMPTY 0x20
#define LSR_IDLE      0x40
#define IER_RX        0x01
#define IER_TX        0x02
#define IIR_NONE      0x01
#define IIR_SOURCE    0x06
#define IIR_TX        0x02
#define IIR_FIFO      0xc0 /* both: a FIFO of 16 bytes, and it works */
#define OUTPUT_BYTES  16384
#define GUESTS_BYTES  (OUTPUT_BYTES / 2)

static uint16_t uart = 0x3f8;
static spinlock_t console_lock;
static char input[256];
static uint32_t input_head, input_tail; /* free running */
static char output[OUTPUT_BYTES];
static uint32_t output_head, output_tail; /* likewise */
static uint32_t lost;                     /* bytes that found no room in it */
static bool queued, tx_seen, room_wanted;
static uint32_t burst; /* bytes that an empty transmitter takes */
static uint8_t ier;

static void set_ier(uint8_t bits)
{
	if (bits != ier)
		outb(uart + UART_IER, bits);
	ier = bits;
}

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
	ier = 0;
	outb(uart + UART_IER, 0);
	outb(uart + UART_LCR, 0x80);
	outb(uart + UART_DATA, 1); /* divisor 1: 115200 */
	outb(uart + UART_IER, 0);
	outb(uart + UART_LCR, 0x03);
	outb(uart + UART_FCR, 0x07);
	outb(uart + UART_MCR, 0x0b); /* DTR, RTS, OUT2: the last one lets interrupts through */
}

/*
 * Once the interrupt controller is up.  Does the transmitter's interrupt come?
 * It has nothing to do, so it should at once.
 */
void serial_enable_interrupts(void)
{
	burst = (inb(uart + UART_IIR) & IIR_FIFO) == IIR_FIFO ? 16 : 1;
	tx_seen = false;
	set_ier(IER_RX | IER_TX);
	for (int i = 0; i < 10000 && !tx_seen; i++)
		interrupt_window();
	set_ier(IER_RX);
	queued = tx_seen;
}

static void uart_put(char c)
{
	uint32_t patience = 1000000;

	/* A line without a UART reads 0xff: ready.  One that hangs is given up on. */
	while (!(inb(uart + UART_LSR) & LSR_THR_EMPTY) && --patience)
		cpu_relax();
	outb(uart + UART_DATA, c);
}

static void put_polled(char c)
{
	if (c == '\n')
		uart_put('\r');
	uart_put(c);
}

static void put_queued(char c)
{
	if (output_head - output_tail == OUTPUT_BYTES)
		lost++;
	else
		output[output_head++ % OUTPUT_BYTES] = c;
}

/* What the chip takes now.  The rest when it asks. */
static void transmit(void)
{
	if (!(inb(uart + UART_LSR) & LSR_THR_EMPTY))
		return;
	for (uint32_t i = 0; i < burst && output_tail != output_head; i++)
		outb(uart + UART_DATA, output[output_tail++ % OUTPUT_BYTES]);
	set_ier(output_tail != output_head ? ier | IER_TX : ier & ~IER_TX);
	if (room_wanted && output_head - output_tail < GUESTS_BYTES / 2) {
		room_wanted = false;
		this_cpu()->softirq |= SOFTIRQ_CONSOLE;
	}
}

/*
 * How many bytes a guest may write now.  With 0 the console's softirq is noted
 * when there is room again; who asks meanwhile keeps the line going even if its
 * interrupt got lost.
 */
uint32_t console_room(void)
{
	uint32_t used = output_head - output_tail;

	if (!queued)
		return ~0U;
	if (used >= GUESTS_BYTES - 1) {
		room_wanted = true;
		transmit();
		return 0;
	}
	return (GUESTS_BYTES - used) / 2; /* each may be a line's end: two bytes */
}

/* Somebody did not even try. */
void console_lost(uint32_t bytes)
{
	lost += bytes;
}

static void tell_losses(void)
{
	char line[80];

	if (!lost || output_head - output_tail > GUESTS_BYTES)
		return;
	snprintf(line, sizeof(line), "Ringone: (%u bytes were too much for the serial line)\r\n",
		 lost);
	lost = 0;
	for (const char *s = line; *s; s++)
		put_queued(*s);
}

void console_write(const char *s, uint32_t bytes)
{
	if (!queued) { /* perhaps the last words: no lock */
		while (bytes--)
			put_polled(*s++);
		return;
	}
	spin_lock(&console_lock);
	tell_losses();
	while (bytes--) {
		if (*s == '\n')
			put_queued('\r');
		put_queued(*s++);
	}
	set_ier(ier | IER_TX);
	spin_unlock(&console_lock);
}

/*
 * The last words begin, or the machine is switched off: everything said so far
 * leaves the chip, and what follows does so at once.
 */
void serial_drain(void)
{
	uint32_t patience = 1000000;

	queued = false;
	while (output_tail != output_head)
		uart_put(output[output_tail++ % OUTPUT_BYTES]);
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

/*
 * The line to the interrupt controller is one, and it looks at edges: it is
 * asked until nothing is pending, or an edge would be missed.  A receiver that
 * finds no room is silenced, or it would keep the line up for ever.
 */
void serial_interrupt(void)
{
	for (int i = 0; i < 4; i++) {
		uint8_t iir = inb(uart + UART_IIR);

		if (iir & IIR_NONE)
			break;
		if ((iir & IIR_SOURCE) == IIR_TX)
			tx_seen = true;
		fetch_input();
		if (input_head - input_tail == sizeof(input))
			set_ier(ier & ~IER_RX);
		if (ier & IER_TX)
			transmit();
	}
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
	if (queued)
		set_ier(ier | IER_RX);
	return (unsigned char)input[input_tail++ % sizeof(input)];
}
