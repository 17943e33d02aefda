/* SPDX-License-Identifier: MIT */
/*
 * The guest's segments as emulation and trap delivery see them: read from the
 * descriptor tables of the current VCPU.  (The processor works with the copy
 * it made when the selector was loaded; a guest that has changed a descriptor
 * and not reloaded the selector gets what the table says.)
 */
#include "cpu.h"
#include "guest_stack.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "tables.h"

uint32_t flat_data_low, flat_data_high;

/*
 * The descriptor of a selector in the current VCPU's window, or NULL when the
 * selector is null or beyond the table.  May map a page of the LDT, and so may
 * not be called with mm_lock held.
 */
const uint64_t *guest_descriptor(struct vcpu *v, uint32_t sel)
{
	uint32_t offset = sel & 0xfff8;

	if (likely(!(sel & 4))) {
		if (offset >= FIRST_RESERVED_GDT_BYTE)
			return offset < FIRST_RESERVED_GDT_BYTE + PAGE_SIZE
				       ? (const uint64_t *)(GDT_WINDOW(v->id) + offset)
				       : NULL;
		if (!offset || offset >= v->mm.gdt_entries * 8)
			return NULL;
		return (const uint64_t *)(GDT_WINDOW(v->id) + offset);
	}
	/* TRUST 16: the LDT ends where the guest said it ends (XSA-298). */
	if (!TRUST_CHECK(16, 2, offset < v->mm.ldt_entries * 8))
		return NULL;
	if (!(v->mm.ldt_mapped >> (offset >> PAGE_SHIFT) & 1) &&
	    !ldt_fault(v, LDT_WINDOW(v->id) + offset))
		return NULL;
	return (const uint64_t *)(LDT_WINDOW(v->id) + offset);
}

/*
 * Base, last offset (as the limit field says, in bytes) and attributes (bits 40
 * to 55 of the descriptor) of a code or data segment; false when there is none.
 */
bool read_guest_segment(struct vcpu *v, uint32_t sel, uint32_t *base, uint32_t *limit, uint32_t *ar)
{
	const uint64_t *d = guest_descriptor(v, sel);

	if (!d || (*d & (DESC_P | DESC_S)) != (DESC_P | DESC_S))
		return false;
	*base = desc_base(*d);
	*limit = desc_limit(*d);
	*ar = *d >> 40 & 0xf0ff;
	return true;
}

bool guest_stack_linear(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes,
			uint32_t *linear)
{
	const uint64_t *d = guest_descriptor(v, sel);

	if (!d || (*d & (DESC_P | DESC_S | DESC_CODE | DESC_RW)) != (DESC_P | DESC_S | DESC_RW) ||
	    !desc_inside(*d, esp, bytes))
		return false;
	*linear = desc_base(*d) + esp;
	return true;
}

/* The GDT's descriptor of `sel` when its base is 0 and its limit the longest there is, or NULL. */
static const uint32_t *flat_descriptor(const struct vcpu *v, uint32_t sel)
{
	const uint32_t *d;

	/* No LDT, and not the null selector. */
	if ((sel & 4) || sel < 8 || sel >> 3 >= v->mm.gdt_entries)
		return NULL;
	d = (const uint32_t *)(GDT_WINDOW(v->id) + (sel & 0xfff8));
	return d[0] == flat_data_low ? d : NULL;
}

bool learn_flat_stack(struct vcpu *v, uint32_t sel)
{
	const uint32_t *d = flat_descriptor(v, sel);

	if (sel != FLAT_KERNEL_SS && (!d || (d[1] & ~FLAT_HIGH_IGNORED) != flat_data_high))
		return false;
	v->cpu.flat_ss = sel;
	return true;
}

void learn_flat_code(struct vcpu *v, uint32_t sel)
{
	const uint32_t code = flat_data_high | (uint32_t)(DESC_CODE >> 32);
	const uint32_t *d = flat_descriptor(v, sel);

	if (sel != FLAT_KERNEL_CS && sel != FLAT_USER_CS &&
	    (!d || (d[1] & ~FLAT_HIGH_IGNORED) != code))
		return;
	if ((sel & 3) == 1)
		v->cpu.flat_cs = sel;
	else if ((sel & 3) == 3)
		v->cpu.flat_program_cs = sel;
}

void forget_flat(struct vcpu *v)
{
	v->cpu.flat_ss = v->cpu.flat_cs = v->cpu.flat_program_cs = 0;
}

gva_t guest_stack_words_slow(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes)
{
	uint32_t linear;

	return guest_stack_linear(v, sel, esp, bytes, &linear) ? GVA(linear) : NOWHERE;
}

/* Copy code at CS:eip, all of it or nothing. */
bool read_guest_code(const struct cpu_user_regs *regs, uint32_t eip, void *buf, uint32_t bytes)
{
	const uint64_t *d = guest_descriptor(current, regs->cs);

	return d && desc_inside(*d, eip, bytes) &&
	       !copy_from_guest_raw(buf, GVA(desc_base(*d) + eip), bytes);
}
