/* SPDX-License-Identifier: MIT */
/* Words to the outside: the serial console, levels, and the two ways to give up. */
#ifndef RINGONE_CONSOLE_H
#define RINGONE_CONSOLE_H

#include <stdarg.h>
#include "types.h"

struct cpu_user_regs;
struct domain;

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

/* The serial line, byte by byte; "\n" becomes "\r\n" in console_putc only. */
void console_init(void);
void console_putc(char c);
void console_write_guest(const char *s, uint32_t bytes);
int serial_getc(void);       /* -1 when nothing waits */
void serial_interrupt(void); /* called by the IRQ 4 handler */

/* The hypervisor itself is broken: registers, symbolised stack, reason; stops the machine. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void panic_regs(const struct cpu_user_regs *regs, const char *fmt, ...) __printf(2, 3) __noreturn;

/*
 * How the machine ends.  With `debugexit` on the command line the emulator is
 * told: power-off leaves QEMU with status 0, a crash of the first domain with
 * 35, a panic with 67, and Bochs in every case.
 */
enum machine_end { MACHINE_POWEROFF, MACHINE_REBOOT, MACHINE_DOMAIN_CRASHED, MACHINE_PANIC };
void machine_end(enum machine_end how) __noreturn;

/* Symbol of a hypervisor text address: name and offset, or "?" (boot/symbols.c). */
const char *hv_symbol(uint32_t addr, uint32_t *offset);

#endif
