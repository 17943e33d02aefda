/* SPDX-License-Identifier: MIT */
/* The parts that emulate.c hands an instruction to. */
#ifndef RINGONE_EMULATE_INTERNAL_H
#define RINGONE_EMULATE_INTERNAL_H

#include "cpu/cpu.h"
#include "domain/domain.h"
#include "emulate.h"

struct cpuid_regs guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf);
bool read_guest_msr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool write_guest_msr(struct vcpu *v, uint32_t msr, uint64_t value);
bool emulate_port_io(struct cpu_user_regs *regs, const struct insn *insn);
bool emulate_store_tables(struct cpu_user_regs *regs, const struct insn *insn);

#endif
