/* SPDX-License-Identifier: MIT */
/*
 * The way into ring 0 and out of it: the top of the house.  Everything that
 * happens begins in entry.S and ends in exit.c; nobody calls in here but boot/.
 */
#ifndef RINGONE_GATE_H
#define RINGONE_GATE_H

#include "percpu.h"
#include "types.h"

void cpu_tables_init(struct cpu *c); /* GDT page, IDT, TSS, #DF task */
/* Resume the guest in this_cpu()->regs: run softirqs, deliver events, iret.  Never returns. */
void __noreturn resume_guest(void);

#endif
