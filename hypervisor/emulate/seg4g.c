/* SPDX-License-Identifier: MIT */
/*
 * The 4gb_segments assist.
 *
 * glibc reaches its thread's variables at negative offsets from a segment's
 * base: with a limit of 4 GiB, base + offset wraps to just below base.  The
 * limit that keeps the hole out of reach (descriptor.c) makes that a fault.
 * The same bytes can be had through an expand-down segment, whose offsets are
 * the high ones; but then the low offsets fault.  So a faulting access turns
 * the descriptor from the one form into the other, and runs again:
 *
 *   expand-up    offsets [0, limit]       base .. end of the guest's space
 *   expand-down  offsets (limit, 4 GiB)   0 (or just above) .. base - 1
 *
 * Only descriptors that stand at one of these two forms, as our own truncation
 * leaves them, are turned: a limit of the guest's own choice is never widened.
 */
#include "emulate.h"
#include "internal.h"
#include "domain/domain.h"
#include "mm/mm.h"
#include "tables.h"

#define FLAT_32 (DESC_P | DESC_S | DESC_DB)

/* The other form of a data descriptor at its longest, or 0 when it is no such thing. */
static uint64_t other_form(uint64_t d, uint32_t end)
{
	uint32_t base = desc_base(d);

	if ((d & (FLAT_32 | DESC_CODE)) != FLAT_32 || !base || base >= end)
		return 0;
	if (d & DESC_EC)
		return desc_lowest(d) == d ? desc_longest(d & ~DESC_EC, end) : 0;
	return desc_longest(d, end) == d ? desc_lowest(d | DESC_EC) : 0;
}

/* Where the instruction's memory operand lies, for operands that can be had at all. */
static bool memory_operand(const struct cpu_user_regs *regs, const struct insn *i, uint8_t *seg,
			   uint32_t *offset)
{
	if (i->has_mem) {
		*seg = i->segment;
		*offset = insn_mem_offset(i, regs);
		return true;
	}
	/* MOVS, CMPS, LODS, OUTS read through ESI; their ES:EDI side has no override. */
	if (i->map == MAP_1 &&
	    (i->opcode == 0x6e || i->opcode == 0x6f || (i->opcode >= 0xa4 && i->opcode <= 0xa7) ||
	     i->opcode == 0xac || i->opcode == 0xad)) {
		*seg = i->segment;
		*offset = regs->esi;
		return true;
	}
	return false;
}

static void replace_descriptor(struct vcpu *v, uint32_t sel, uint64_t d)
{
	uint32_t window = sel & 4 ? LDT_WINDOW(v->id) : GDT_WINDOW(v->id);
	uint32_t va = window + (sel & 0xfff8);
	pte_t e = v->domain->mm.perdomain_pt[(va - PERDOMAIN_START) >> PAGE_SHIFT];
	uint8_t *page = map_frame(pte_mfn(e));

	*(volatile uint64_t *)(page + (va & (PAGE_SIZE - 1))) = d;
	unmap_frame(page);
}

/* From #GP(0) or #SS(0).  True: the descriptor was turned, the instruction runs again. */
bool emulate_4gb_segment(struct cpu_user_regs *regs, uint32_t vector, uint32_t error_code)
{
	struct vcpu *v = current;
	const uint64_t *at;
	struct insn i;
	uint64_t turned;
	uint32_t sel, offset;
	uint8_t seg;

	if (error_code || !(v->domain->vm_assist & (1U << VMASST_TYPE_4gb_segments)))
		return false;
	if (!fetch_guest_insn(regs, &i) || !memory_operand(regs, &i, &seg, &offset))
		return false;
	sel = insn_selector(regs, seg);
	at = guest_descriptor(v, sel);
	/* The reserved page's flat segments are shared, and their base is 0. */
	if (!at || (!(sel & 4) && (sel & 0xfff8) >= FIRST_RESERVED_GDT_BYTE))
		return false;
	turned = other_form(*at, guest_limit_va);
	if (!turned || desc_inside(*at, offset, 1) || !desc_inside(turned, offset, 1))
		return false;
	if (!descriptor_check(&turned, guest_limit_va))
		return false;
	replace_descriptor(v, sel, turned);
	this_cpu()->n_seg_repairs++;
	count_emulated(emulated_site(regs), EMULATED_SEGMENT, true);
	/* FS or GS may be what has to be loaded again. */
	this_cpu()->softirq |= SOFTIRQ_RELOAD;
	if (v->domain->vm_assist & (1U << VMASST_TYPE_4gb_segments_notify))
		inject_trap(TRAP_SPURIOUS, i.length);
	return true;
}
