/* SPDX-License-Identifier: MIT */
/*
 * SYSENTER.  The instruction saves nothing and asks nobody: it loads CS:EIP and
 * SS:ESP from MSRs and is in ring 0.  So it always has a good stack and a good
 * place to land (entry.S, sysenter_entry), whether or not the guest wants it,
 * and the guest's callback is entered through a frame like any trap's.  Where
 * the caller was is for the guest to know; the frame says ring 3, EIP 0.
 *
 * SYSCALL is worse: outside long mode it does not even load a stack pointer,
 * and keeps TF, so that the #DB behind it would push its frame wherever the
 * process pointed ESP, with ring 0's rights.  EFER.SCE stays 0, CPUID does not
 * show the instruction, and executing it is #UD.  A guest that registered the
 * callback all the same gets it from there.
 */
#include "cpu.h"
#include "internal.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

/* SYSENTER exists from CPUID bit SEP; the first Pentium Pros announce and do not have it. */
static bool has_sysenter(void)
{
	struct cpuid_regs r = cpuid(1, 0);
	uint32_t family = r.eax >> 8 & 15, model = r.eax >> 4 & 15, stepping = r.eax & 15;

	return r.edx >> 11 & 1 && !(family == 6 && model < 3 && stepping < 3);
}

void sysenter_init_cpu(struct cpu *c, const void *entry)
{
	if (!has_sysenter())
		return;
	wrmsr(MSR_SYSENTER_CS, HV_CS);
	wrmsr(MSR_SYSENTER_ESP, (uint32_t)&c->regs.es);
	wrmsr(MSR_SYSENTER_EIP, (uint32_t)entry);
}

/* From entry.S, with the made-up frame in place. */
void sysenter_trap(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	/* TF and NT are the caller's, to find in the frame: entering the handler clears them. */
	regs->eflags = guest_eflags(regs->eflags) | (v->cpu.sysenter_stepped ? EFLAGS_TF : 0);
	v->cpu.sysenter_stepped = false;
	if (v->cpu.sysenter_cb.eip)
		inject_callback(v->cpu.sysenter_cb.cs, v->cpu.sysenter_cb.eip,
				v->cpu.sysenter_cb.masks);
	else
		inject_trap(TRAP_GP, 0); /* as if SYSENTER_CS were 0 */
}

bool syscall_trap(struct cpu_user_regs *regs)
{
	static const uint8_t syscall[] = { 0x0f, 0x05 };
	struct vcpu *v = current;
	uint8_t code[sizeof(syscall)];

	if (!v->cpu.syscall32_cb.eip || (regs->cs & 3) != 3 ||
	    !read_guest_code(regs, regs->eip, code, sizeof(code)) ||
	    memcmp(code, syscall, sizeof(code)))
		return false;
	regs->eip += sizeof(code);
	regs->eflags &= ~EFLAGS_RF; /* of the #UD */
	regs->ecx = regs->eip;      /* as the instruction leaves it */
	inject_callback(v->cpu.syscall32_cb.cs, v->cpu.syscall32_cb.eip, v->cpu.syscall32_cb.masks);
	return true;
}
