/* SPDX-License-Identifier: MIT */
/* The serial driver's own calls; everything else goes through console.h. */
#ifndef RINGONE_SERIAL_H
#define RINGONE_SERIAL_H

#include "types.h"

void serial_use_port(uint16_t port); /* I/O base of the UART; initialises it */
void serial_enable_input(void);      /* receive interrupts on; IRQ 4 (COM1) or 3 (COM2) */
uint16_t serial_port(void);          /* I/O base of the UART in use */
uint32_t serial_irq_line(void);      /* its interrupt line on an ISA bus: 4 or 3 */
void serial_drain(void);             /* wait until everything sent has left the chip */

#endif
