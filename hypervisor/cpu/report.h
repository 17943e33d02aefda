/* SPDX-License-Identifier: MIT */
/* Shared by the two reports: of the machine's end (panic.c) and of a domain's (report.c). */
#ifndef RINGONE_CPU_REPORT_H
#define RINGONE_CPU_REPORT_H

#include "abi.h"
#include "types.h"

/* stack_known: the frame came from a guest, so ss:esp and the selectors are part of it. */
void print_registers(const struct cpu_user_regs *r, bool stack_known);

#endif
