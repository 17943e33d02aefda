/* SPDX-License-Identifier: MIT */
/*
 * The virtual I/O privilege level.  Hardware IOPL is always 0 (TRUST 19); what
 * a guest has is a number in its VCPU that decides about port I/O, CLI and STI.
 *
 *                          by default              architectural_iopl on
 *   who sets it            PHYSDEVOP_set_iopl      and the iret hypercall: its EFLAGS
 *   who sees it            nobody                  frames of traps and callbacks
 *   what a kernel needs    1                       0
 *   what a process needs   3                       3
 *
 * The first EFLAGS of a VCPU (VCPUOP_initialise) set it in both cases.
 */
#include "cpu.h"
#include "internal.h"
#include "domain/domain.h"

static bool architectural(const struct domain *d)
{
	return d->vm_assist & (1U << VMASST_TYPE_architectural_iopl);
}

void set_virtual_iopl(struct vcpu *v, uint32_t level)
{
	v->cpu.iopl = level;
	v->cpu.frame_iopl = architectural(v->domain) ? level << IOPL_SHIFT : 0;
}

/* The assist was switched on or off: the domain's VCPUs keep their levels. */
void virtual_iopl_assist(struct domain *d)
{
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct vcpu *v = d->vcpus[i];

		if (architectural(d))
			v->cpu.iret_duties |= IRET_SETS_IOPL;
		else
			v->cpu.iret_duties &= ~IRET_SETS_IOPL;
		set_virtual_iopl(v, v->cpu.iopl);
		update_direct_gate(v);
	}
}

bool iopl_allows(const struct vcpu *v, const struct cpu_user_regs *regs)
{
	if (guest_kernel_mode(regs))
		return v->cpu.iopl >= 1 || architectural(v->domain);
	return v->cpu.iopl >= 3;
}
