/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions that a kernel in ring 1 still executes.
 *
 * They fault with #GP(0), are decoded and done here, on the virtual processor's
 * state alone.  What is not understood stays the guest's #GP.  Ring 3 gets
 * port I/O where its kernel allowed it, and nothing else.
 */
#include "emulate.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

/* What of CR0 a kernel sees itself run with; all but TS is not its to change (TRUST 10). */
static bool write_guest_cr0(struct vcpu *v, uint32_t value)
{
	if (!TRUST_CHECK(10, 20, !((value ^ v->cpu.guest_cr0) & ~CR0_TS)))
		return false;
	set_guest_ts(v, value & CR0_TS);
	return true;
}

/* Checking a table, or taking the last one apart, may be preempted: then it runs again. */
static bool write_guest_cr3(struct vcpu *v, uint32_t value, struct cpu_user_regs *regs,
			    const struct insn *i)
{
	int rc;

	spin_lock(&v->domain->mm.lock);
	rc = finish_old_table(v);
	if (!rc)
		rc = new_guest_cr3(v, MFN(xen_cr3_to_pfn(value)));
	spin_unlock(&v->domain->mm.lock);
	if (rc == -XEN_ERESTART)
		regs->eip -= i->length;
	return rc == 0 || rc == -XEN_ERESTART;
}

static bool move_cr(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *i, bool write)
{
	uint32_t *gpr = insn_gpr(regs, i->rm);

	switch (i->reg) {
	case 0:
		if (write)
			return write_guest_cr0(v, *gpr);
		*gpr = v->cpu.guest_cr0;
		return true;
	case 2:
		if (write)
			v->info->arch.cr2 = *gpr;
		else
			*gpr = v->info->arch.cr2;
		return true;
	case 3:
		if (write)
			return write_guest_cr3(v, *gpr, regs, i);
		*gpr = xen_pfn_to_cr3(v->mm.guest_cr3.n);
		return true;
	case 4:
		if (write)
			return write_guest_cr4(v, *gpr);
		*gpr = read_guest_cr4(v);
		return true;
	default:
		return false;
	}
}

static bool move_dr(struct vcpu *v, uint32_t nr, uint32_t *gpr, bool write)
{
	if (write)
		return set_debugreg(v, nr, *gpr) == 0;
	return read_guest_dr(v, nr, gpr);
}

/* HLT waits for an event with events on, as the interface's block does. */
static bool halt(void)
{
	return do_sched_op(SCHEDOP_block, GVA(0)) == 0;
}

static bool move_msr(struct vcpu *v, struct cpu_user_regs *regs, bool write)
{
	uint64_t value;

	if (write)
		return write_guest_msr(v, regs->ecx, (uint64_t)regs->edx << 32 | regs->eax);
	if (!read_guest_msr(v, regs->ecx, &value))
		return false;
	regs->eax = value;
	regs->edx = value >> 32;
	return true;
}

static void store_tsc(struct cpu_user_regs *regs)
{
	uint64_t tsc = rdtsc();

	regs->eax = tsc;
	regs->edx = tsc >> 32;
}

static bool lmsw(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *i)
{
	uint32_t linear;
	uint16_t value;

	if (i->mod == 3) {
		value = *insn_gpr(regs, i->rm);
	} else if (!insn_linear(regs, i->segment, insn_mem_offset(i, regs), 2, false, &linear) ||
		   copy_from_guest_raw(&value, GVA(linear), sizeof(value))) {
		return false;
	}
	/* LMSW can set PE and not clear it; MP, EM and TS are loaded. */
	return write_guest_cr0(v, (v->cpu.guest_cr0 & ~0xeU) | (value & 0xf));
}

/* 0F 01: INVLPG, LMSW, XSETBV. */
static bool group7(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *i)
{
	uint32_t linear;

	if (i->modrm == 0xd1 && !(v->cpu.guest_cr4 & CR4_OSXSAVE)) {
		inject_trap(TRAP_UD, 0);
		regs->eip -=
			i->length; /* the caller adds it, and the handler begins where it begins */
		return true;
	}
	if (i->modrm == 0xd1)
		return regs->ecx == 0 && write_guest_xcr0(v, (uint64_t)regs->edx << 32 | regs->eax);
	if (i->reg == 6)
		return lmsw(v, regs, i);
	if (i->reg != 7 || i->mod == 3)
		return false;
	if (!insn_linear(regs, i->segment, insn_mem_offset(i, regs), 1, false, &linear))
		return true; /* INVLPG of nothing does nothing */
	flush_tlb_one_mask(1U << this_cpu()->id, linear);
	return true;
}

static bool emulate_0f(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *i)
{
	switch (i->opcode) {
	case 0x01:
		return group7(v, regs, i);
	case 0x06: /* CLTS */
		set_guest_ts(v, false);
		return true;
	case 0x08: /* INVD */
	case 0x09: /* WBINVD: caches are coherent here */
		return true;
	case 0x20:
	case 0x22:
		return move_cr(v, regs, i, i->opcode == 0x22);
	case 0x21:
	case 0x23:
		return move_dr(v, i->reg, insn_gpr(regs, i->rm), i->opcode == 0x23);
	case 0x30:
	case 0x32:
		return move_msr(v, regs, i->opcode == 0x30);
	case 0x31: /* RDTSC under CR4.TSD */
		store_tsc(regs);
		return true;
	default:
		return false;
	}
}

static bool emulate_one_byte(struct vcpu *v, struct cpu_user_regs *regs, const struct insn *i)
{
	switch (i->opcode) {
	case 0xf4:
		return guest_kernel_mode(regs) && halt();
	/*
	 * CLI and STI: nothing, for who was given I/O privilege.  If they moved the upcall
	 * mask, POPF, which cannot be caught, would not move it back, and events stayed off.
	 */
	case 0xfa:
	case 0xfb:
		return iopl_allows(v, regs);
	default:
		return false;
	}
}

static bool perform(struct cpu_user_regs *regs, const struct insn *i)
{
	struct vcpu *v = current;
	bool done;

	/* These move EIP themselves: a repeated one stays where it is until it is done. */
	if ((i->map == MAP_1 && emulate_port_io(regs, i)) || emulate_store_tables(regs, i))
		return true;
	if (i->map == MAP_1)
		done = emulate_one_byte(v, regs, i);
	else
		done = i->map == MAP_0F && TRUST_CHECK(25, 20, guest_kernel_mode(regs)) &&
		       emulate_0f(v, regs, i);
	if (done)
		regs->eip += i->length;
	return done;
}

/* An instruction that faulted with #GP(0).  True: done, EIP moved on. */
bool emulate_privileged(struct cpu_user_regs *regs)
{
	const struct emulated_site at = emulated_site(regs);
	struct insn i;
	bool done;

	if (!fetch_guest_insn(regs, &i) || i.lock)
		return false;
	done = perform(regs, &i);
	count_emulated(at, emulated_kind(&i), done);
	return done;
}

/* UD2, "xen", CPUID: how a guest asks before it has a trap table, from any ring. */
bool emulate_forced_cpuid(struct cpu_user_regs *regs)
{
	static const uint8_t pattern[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	uint8_t code[sizeof(pattern)];
	struct cpuid_regs r;

	if (!read_guest_code(regs, regs->eip, code, sizeof(code)) ||
	    memcmp(code, pattern, sizeof(code)))
		return false;
	r = guest_cpuid(current, regs->eax, regs->ecx);
	regs->eax = r.eax;
	regs->ebx = r.ebx;
	regs->ecx = r.ecx;
	regs->edx = r.edx;
	count_emulated(emulated_site(regs), EMULATED_CPUID, true);
	regs->eip += sizeof(pattern);
	return true;
}
