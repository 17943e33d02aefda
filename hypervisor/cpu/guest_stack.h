/* SPDX-License-Identifier: MIT */
/*
 * Stacks of guests, as trap delivery and iret find them: nearly always flat,
 * and then no more than a range check.
 */
#ifndef RINGONE_CPU_GUEST_STACK_H
#define RINGONE_CPU_GUEST_STACK_H

#include "domain/domain.h"
#include "mm/mm.h"
#include "internal.h"

/* Out of line (segment.c): look at the table, and remember the selector if it is flat. */
bool learn_flat_stack(struct vcpu *v, uint32_t sel);

/* Does `sel` name a data segment from 0 to the end of what guests may reach? */
static inline __attribute__((always_inline)) bool flat_stack_segment(struct vcpu *v, uint32_t sel)
{
	return likely(sel == v->cpu.flat_ss) || learn_flat_stack(v, sel);
}

/* The stack in any segment; NOWHERE when it does not fit.  Out of line (segment.c). */
gva_t guest_stack_words_slow(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes);
#define NOWHERE GVA(~0U)

/*
 * Linear address of [esp, esp + bytes) in stack segment `sel` of v, which is
 * the current VCPU, or NOWHERE.  Whether it is the guest's to name is for the
 * caller to ask, with guest_words_ok(); NOWHERE never is.
 */
static inline __attribute__((always_inline)) gva_t guest_stack_words(struct vcpu *v, uint32_t sel,
								     uint32_t esp, uint32_t bytes)
{
	return likely(flat_stack_segment(v, sel)) ? GVA(esp)
						  : guest_stack_words_slow(v, sel, esp, bytes);
}

#endif
