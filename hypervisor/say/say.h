/* SPDX-License-Identifier: MIT */
/* Words to the outside: the serial console, levels, and the two ways to give up. */
#ifndef RINGONE_SAY_H
#define RINGONE_SAY_H

#include <stdarg.h>
#include "types.h"

struct cpu_user_regs;

/* Levels as in loglvl=: error, warning, info, debug. */
enum loglevel { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };
extern enum loglevel loglevel;

/*
 * A small printf: %d %u %x %X %p %s %c %%, with width, 0 and - flags, `l` and
 * `ll`.  Lines are prefixed with "Ringone: ".
 */
void printk(enum loglevel level, const char *fmt, ...) __printf(2, 3);
void printk_raw(const char *fmt, ...) __printf(1, 2); /* no prefix, any level */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* The serial line; "\n" becomes "\r\n" here and nowhere else. */
void console_init(void);
void console_write(const char *s, uint32_t bytes); /* what finds no room is lost, and counted */
uint32_t console_room(void);                       /* a guest writes no more than this at once */
void console_lost(uint32_t bytes);                 /* kept back, for want of room */
int serial_getc(void);                             /* -1 when nothing waits */
void serial_interrupt(void);                       /* called by the IRQ 4 handler */

/* ---- what was printed, kept for the tools (say/log.c); positions count all bytes ever ---- */

void message_log_put(const char *s, uint32_t bytes);
void message_log_bounds(uint32_t *first, uint32_t *end);
const char *message_log_at(uint32_t from, uint32_t end, uint32_t *bytes);
void message_log_clear(uint32_t position);

/*
 * The machine, its loader or what somebody asked for is not enough to begin
 * with: one sentence, which names what is missing and the remedy, and the end.
 * No panic: nothing of ours is broken.
 */
void cannot_run(const char *fmt, ...) __printf(1, 2) __noreturn;

/* The hypervisor itself is broken: registers, symbolised stack, reason; stops the machine. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void panic_regs(const struct cpu_user_regs *regs, const char *fmt, ...) __printf(2, 3) __noreturn;

/*
 * What a panic cannot know from down here: whose guest was running, and how this machine is
 * stopped.  boot/ fills it in; until then the machine stands still.
 */
struct last_words {
	void (*context)(void);
	void (*end)(void);
};
extern struct last_words last_words;

/* Of a guest's or of our own frame; stack_known: ss:esp and the selectors are part of it. */
void print_registers(const struct cpu_user_regs *r, bool stack_known);

/* ---- the serial line itself (say/serial.c) ---- */

void serial_use_port(uint16_t port); /* I/O base of the UART; initialises it */
void serial_enable_interrupts(void); /* IRQ 4 (COM1) or 3 (COM2) */
uint16_t serial_port(void);          /* I/O base of the UART in use */
uint32_t serial_irq_line(void);      /* its interrupt line on an ISA bus: 4 or 3 */
void serial_drain(void);             /* everything said leaves the chip; polled from now on */

/* Symbol of a hypervisor text address: name and offset, or "?" (say/symbols.c). */
const char *hv_symbol(uint32_t addr, uint32_t *offset);

#endif
