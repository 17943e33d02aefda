/* SPDX-License-Identifier: MIT */
/*
 * The guest's segments as emulation and trap delivery see them: read from the
 * descriptor tables of the current VCPU.  (The processor works with the copy
 * it made when the selector was loaded; a guest that has changed a descriptor
 * and not reloaded the selector gets what the table says.)
 */
#include "abi.h"
#include "decode.h"
#include "domain.h"
#include "guest_stack.h"
#include "internal.h"
#include "layout.h"
#include "mm.h"
#include "tables.h"
#include "trust.h"

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
		if (!offset || offset >= v->gdt_entries * 8)
			return NULL;
		return (const uint64_t *)(GDT_WINDOW(v->id) + offset);
	}
	/* TRUST 16: the LDT ends where the guest said it ends (XSA-298). */
	if (!TRUST_CHECK(16, 2, offset < v->ldt_entries * 8))
		return NULL;
	if (!(v->ldt_mapped >> (offset >> PAGE_SHIFT) & 1) &&
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

uint32_t guest_stack_words_slow(struct vcpu *v, uint32_t sel, uint32_t esp, uint32_t bytes)
{
	uint32_t linear;

	return guest_stack_linear(v, sel, esp, bytes, &linear) ? linear : NOWHERE;
}

bool insn_linear(const struct cpu_user_regs *regs, uint8_t seg, uint32_t offset, uint32_t bytes,
		 bool write, uint32_t *linear)
{
	const uint64_t *d = guest_descriptor(current, insn_selector(regs, seg));

	if (!d || (*d & (DESC_P | DESC_S)) != (DESC_P | DESC_S) || !desc_inside(*d, offset, bytes))
		return false;
	if (*d & DESC_CODE ? write || !(*d & DESC_RW) : write && !(*d & DESC_RW))
		return false;
	*linear = desc_base(*d) + offset;
	return true;
}

bool insn_reachable(const struct cpu_user_regs *regs, uint32_t linear, uint32_t bytes, bool write)
{
	bool program = !guest_kernel_mode(regs);
	uint32_t need = PTE_P | (write ? PTE_RW : 0) | (program ? PTE_US : 0);
	uint32_t last = linear + bytes - 1;

	if (!guest_range_ok(GVA(linear), bytes)) {
		inject_trap(TRAP_GP, 0);
		return false;
	}
	for (uint32_t at = linear; at <= last; at = (at | (PAGE_SIZE - 1)) + 1) {
		uint32_t rights = guest_walk_rights(at);

		if (TRUST_CHECK(25, 24, (rights & need) == need))
			continue;
		inject_page_fault(at, (rights ? PF_PRESENT : 0) | (write ? PF_WRITE : 0) |
					      (program ? PF_USER : 0));
		return false;
	}
	return true;
}

bool insn_read(const struct cpu_user_regs *regs, uint32_t linear, void *to, uint32_t bytes)
{
	return insn_reachable(regs, linear, bytes, false) &&
	       !copy_from_guest_raw(to, GVA(linear), bytes);
}

bool insn_write(const struct cpu_user_regs *regs, uint32_t linear, const void *from, uint32_t bytes)
{
	return insn_reachable(regs, linear, bytes, true) &&
	       !copy_to_guest_raw(GVA(linear), from, bytes);
}

/* Copy code at CS:eip, all of it or nothing. */
bool read_guest_code(const struct cpu_user_regs *regs, uint32_t eip, void *buf, uint32_t bytes)
{
	const uint64_t *d = guest_descriptor(current, regs->cs);

	return d && desc_inside(*d, eip, bytes) &&
	       !copy_from_guest_raw(buf, GVA(desc_base(*d) + eip), bytes);
}

bool fetch_guest_insn(const struct cpu_user_regs *regs, struct insn *insn)
{
	const uint64_t *d = guest_descriptor(current, regs->cs);
	uint8_t buf[INSN_MAX_LENGTH];
	uint32_t linear, avail, missing;

	if (!d || (*d & (DESC_CODE | DESC_DB)) != (DESC_CODE | DESC_DB) ||
	    !desc_inside(*d, regs->eip, 1))
		return false;
	linear = desc_base(*d) + regs->eip;
	avail = MIN(desc_limit(*d) - regs->eip, sizeof(buf) - 1) + 1;
	missing = copy_from_guest_raw(buf, GVA(linear), avail);
	if (missing == avail) { /* perhaps only its end lies where we may not read */
		avail = MIN(avail, PAGE_SIZE - (linear & (PAGE_SIZE - 1)));
		missing = copy_from_guest_raw(buf, GVA(linear), avail);
	}
	return decode_insn(buf, avail - missing, insn);
}
