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

/* Does `sel` name a data segment from 0 to the end of what guests may reach? */
static inline bool flat_stack_segment(const struct vcpu *v, uint32_t sel)
{
	const uint32_t *d;

	if (sel == FLAT_KERNEL_SS)
		return true;
	/* No LDT, and not the null selector. */
	if ((sel & 4) || sel < 8 || sel >> 3 >= v->gdt_entries)
		return false;
	d = (const uint32_t *)(GDT_WINDOW(v->id) + (sel & 0xfff8));
	return d[0] == flat_data_low && (d[1] & ~FLAT_HIGH_IGNORED) == flat_data_high;
}

/* Does a code segment begin at 0?  Its limit is the processor's affair: it runs there. */
static inline bool flat_code_segment(const struct vcpu *v, uint32_t sel)
{
	const uint32_t *d;

	if (sel == FLAT_KERNEL_CS || sel == FLAT_USER_CS)
		return true;
	if ((sel & 4) || sel < 8 || sel >> 3 >= v->gdt_entries)
		return false;
	d = (const uint32_t *)(GDT_WINDOW(v->id) + (sel & 0xfff8));
	return !(d[0] >> 16) && !(d[1] & 0xff0000ff);
}

/* The stack in any segment; NOWHERE when it does not fit.  Out of line (segment.c). */
uint32_t guest_stack_words_slow(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes);
#define NOWHERE 0xffffffffU

/*
 * Linear address of [esp, esp + bytes) in stack segment `sel` of v, which is
 * the current VCPU, or NOWHERE.  Whether it is the guest's to name is for the
 * caller to ask, with guest_words_ok(); NOWHERE never is.
 */
static inline __attribute__((always_inline)) uint32_t
guest_stack_words(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes)
{
	return likely(flat_stack_segment(v, sel)) ? esp
						  : guest_stack_words_slow(v, sel, esp, bytes);
}

#endif
