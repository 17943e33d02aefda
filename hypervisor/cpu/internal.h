/* SPDX-License-Identifier: MIT */
/* What the files of this room share among themselves. */
#ifndef RINGONE_CPU_INTERNAL_H
#define RINGONE_CPU_INTERNAL_H

#include "cpu.h"
#include "domain/domain.h"

/* callback.c: vector 0x80 of v leads straight to ring 1, or through us. */
void update_direct_gate(struct vcpu *v);

/* callback.c */
bool code_selector_ok(uint32_t sel);      /* RPL != 0 and not null, for callbacks and traps */
uint32_t fix_code_selector(uint32_t sel); /* raise RPL 0 to 1 */

/* Linear address of [esp, esp + bytes) in stack segment `sel` of the current VCPU. */
bool guest_stack_linear(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes,
			uint32_t *linear);

void debugreg_load(struct vcpu *v);
void debugreg_unload(struct vcpu *v);

void fpu_load(struct vcpu *v);
void fpu_save(struct vcpu *v);
uint32_t hardware_cr4(const struct vcpu *v);

#endif
