/* SPDX-License-Identifier: MIT */
/*
 * In the place of include/x86.h: control registers that can be looked at, and a TLB of a few
 * entries that is flushed as a processor's is.  Included before anything else.
 */
#ifndef RINGONE_X86_H
#define RINGONE_X86_H

#include <stdint.h>

#define CR4_PGE 0x00000080

uint32_t read_cr4(void);
void write_cr4(uint32_t value);
void write_cr3(uint32_t value);
void invlpg(uint32_t va);

#endif
