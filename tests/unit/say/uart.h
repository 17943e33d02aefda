/* SPDX-License-Identifier: MIT */
/* A 16550 on the build host: included before anything else, it takes the place of the ports. */
#ifndef TESTS_SAY_UART_H
#define TESTS_SAY_UART_H

#include "percpu.h"
#include "x86.h"

uint8_t uart_in(uint16_t port);
void uart_out(uint16_t port, uint8_t value);
void uart_window(void); /* interrupts are let in */
struct cpu *uart_cpu(void);

#define inb(port)          uart_in(port)
#define outb(port, value)  uart_out(port, value)
#define interrupt_window() uart_window()
#define this_cpu()         uart_cpu()

#endif
