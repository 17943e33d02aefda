// SPDX-License-Identifier: MIT
/*
 * The i386 side of running on a hypervisor: first steps, traps, and the address of a fault.
 *
 * Everything here is what x86-64 does elsewhere or need not do at all. What goes beyond Xen's
 * interface (ringone/abi.h) is asked for at run time; without it the same kernel uses Xen's own
 * ways.
 */
#include <asm/setup.h>
#include <asm/traps.h>
#include <asm/xen/hypercall.h>
#include <xen/interface/version.h>

#include <ringone/discover.h>

#include "pv32.h"
#include "xen-ops.h"

/* Code that follows a page fault whose frame begins with the faulting address (entry-pv32.h). */
asmlinkage void xen_asm_page_fault_cr2(void);

/* What modules use to mask events (shadow/asm/paravirt_types.h). */
EXPORT_PER_CPU_SYMBOL(xen_vcpu_info);
EXPORT_SYMBOL(xen_force_evtchn_callback);

static unsigned int hv_features __ro_after_init;
static bool cr2_in_frame __ro_after_init;
bool pv32_shared_top __ro_after_init, pv32_switch_call __ro_after_init, pv32_runs __ro_after_init;

void __init xen_pv32_first_steps(void)
{
	struct xen_platform_parameters pp;
	unsigned long cs;

	/*
	 * Where the hole begins is the hypervisor's to say. Never below 0xF5800000, the address
	 * in our ELF notes; how far above differs, and low memory grows with it.
	 */
	if (HYPERVISOR_xen_version(XENVER_platform_parameters, &pp))
		BUG();
	reserve_top_address(-pp.virt_start);

	hv_features = ringone_features();
	pv32_switch_call = hv_features & RINGONE_FEATURE_SWITCH;
	pv32_runs = hv_features & RINGONE_FEATURE_RUNS;
	pv32_shared_top = hv_features & RINGONE_FEATURE_SHARED_TOP;
	asm("mov %%cs, %0" : "=r"(cs));
	pr_info("Booting paravirtualized kernel in ring %lu, hypervisor above %#lx, additions %#x\n",
		cs & 3, (unsigned long)pp.virt_start, hv_features);

	/* The vDSO uses int 0x80 then, which the trap table covers. */
	setup_clear_cpu_cap(X86_FEATURE_SEP);
	setup_clear_cpu_cap(X86_FEATURE_SYSCALL32);
#ifdef X86_FEATURE_SYSFAST32
	/* Newer trees ask this one bit for both. */
	setup_clear_cpu_cap(X86_FEATURE_SYSFAST32);
#endif
	/* The hypervisor validates 4 KiB pages, and global pages are its own business. */
	setup_clear_cpu_cap(X86_FEATURE_PSE);
	setup_clear_cpu_cap(X86_FEATURE_PGE);
	/* vm86 mode would enter ring 0. */
	setup_clear_cpu_cap(X86_FEATURE_VME);

	/* setup_arch may read the command line before xen_arch_setup() has copied it. */
	strscpy(boot_command_line, (const char *)xen_start_info->cmd_line, MAX_GUEST_CMDLINE);
}

int cvt_gate_to_trap(int vector, const gate_desc *val, struct trap_info *info)
{
	if (val->bits.type != GATE_TRAP && val->bits.type != GATE_INTERRUPT)
		return 0;

	info->vector = vector;
	info->cs = gate_segment(val);
	info->address = gate_offset(val);
	info->flags = val->bits.dpl;
	if (val->bits.type == GATE_INTERRUPT)
		info->flags |= RINGONE_TRAP_MASK_EVENTS;

	/*
	 * A direct gate leaves events unmasked, so that an upcall may hit entry_INT80_32 before
	 * its first instruction. It finds a ring-1 frame on the task's own kernel stack, saves
	 * and restores every segment register like any nested interrupt, and nothing it looks
	 * at is half built: per-CPU data needs no user segment here, and the task is preemptible
	 * at this point as it is one instruction later.
	 */
	info->flags = ringone_trap_flags(vector, info->flags, hv_features);

	if (info->flags & RINGONE_TRAP_CR2_FRAME &&
	    info->address == (unsigned long)asm_exc_page_fault) {
		info->address = (unsigned long)xen_asm_page_fault_cr2;
		cr2_in_frame = true;
	} else {
		/* the early handler reads the plain frame */
		info->flags &= ~RINGONE_TRAP_CR2_FRAME;
	}
	return 1;
}

/*
 * The address of the page fault that @regs came with. The entry stub leaves the whole word of
 * the frame in the slot of GS, which i386 does not save on the stack.
 */
noinstr unsigned long pv32_cr2(struct pt_regs *regs)
{
	if (cr2_in_frame)
		return regs->gs | (unsigned long)regs->__gsh << 16;
	return read_cr2();
}
