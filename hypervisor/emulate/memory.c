/* SPDX-License-Identifier: MIT */
/* The memory that an emulated instruction names, with the rights of the ring it runs in. */
#include "emulate.h"
#include "internal.h"
#include "mm/mm.h"
#include "tables.h"

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
		uint32_t rights = guest_walk_rights(GVA(at));

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

bool fetch_guest_insn(const struct cpu_user_regs *regs, struct insn *insn)
{
	const uint64_t *d = guest_descriptor(current, regs->cs);
	uint8_t buf[INSN_MAX_LENGTH];
	uint32_t linear, avail, missing;

	if (!d || (*d & (DESC_CODE | DESC_DB)) != (DESC_CODE | DESC_DB) ||
	    !desc_inside(*d, regs->eip, 1))
		return false;
	if (guest_kernel_mode(regs))
		learn_flat_code(current, regs->cs);
	linear = desc_base(*d) + regs->eip;
	avail = MIN(desc_limit(*d) - regs->eip, sizeof(buf) - 1) + 1;
	missing = copy_from_guest_raw(buf, GVA(linear), avail);
	if (missing == avail) { /* perhaps only its end lies where we may not read */
		avail = MIN(avail, PAGE_SIZE - (linear & (PAGE_SIZE - 1)));
		missing = copy_from_guest_raw(buf, GVA(linear), avail);
	}
	return decode_insn(buf, avail - missing, insn);
}
