/* SPDX-License-Identifier: MIT */
/*
 * What a kernel in ring 1 still executes as if it were in ring 0, done in its
 * place; and the decoder, for whoever has to know what an instruction meant.
 */
#ifndef RINGONE_EMULATE_H
#define RINGONE_EMULATE_H

#include "abi.h"
#include "decode.h"
#include "emulated.h"
#include "store.h"
#include "types.h"
#include "x86.h"

struct vcpu;

/* True when done (EIP advanced) or when the guest has got an exception of its own for it. */
bool emulate_privileged(struct cpu_user_regs *regs);
bool emulate_forced_cpuid(struct cpu_user_regs *regs);
bool emulate_4gb_segment(struct cpu_user_regs *regs, uint32_t vector, uint32_t error_code);

#endif
