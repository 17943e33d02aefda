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

struct domain;
struct vcpu;

/* What CPUID says to the VCPUs of d, or of a domain as tools first meet it (NULL). */
struct cpuid_regs policy_cpuid(const struct domain *d, uint32_t leaf, uint32_t subleaf);

/* True when done (EIP advanced) or when the guest has got an exception of its own for it. */
bool emulate_privileged(struct cpu_user_regs *regs);
bool emulate_forced_cpuid(struct cpu_user_regs *regs);
bool emulate_4gb_segment(struct cpu_user_regs *regs, uint32_t vector, uint32_t error_code);

#endif
