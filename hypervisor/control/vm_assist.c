/* SPDX-License-Identifier: MIT */
/* vm_assist: what a guest asks the hypervisor to smooth over for it. */
#include "control.h"
#include "boot.h"
#include "cpu/cpu.h"
#include "domain/domain.h"

#define ASSIST(name) (1U << VMASST_TYPE_##name)

/* The assists of a 32-bit paravirtual guest. */
#define ASSISTS_KNOWN                                                                       \
	(ASSIST(4gb_segments) | ASSIST(4gb_segments_notify) | ASSIST(writable_pagetables) | \
	 ASSIST(pae_extended_cr3) | ASSIST(architectural_iopl) | ASSIST(runstate_update_flag))

/* cmd: VMASST_CMD_*, type: VMASST_TYPE_*.  -EINVAL: no such assist; -ENOSYS: no such command. */
int32_t do_vm_assist(uint32_t cmd, uint32_t type)
{
	struct domain *d = current->domain;

	if (type >= 32 || !(ASSISTS_KNOWN & ~options.assists_off & (1U << type)))
		return trace_error(-XEN_EINVAL);
	switch (cmd) {
	case VMASST_CMD_enable:
		d->vm_assist |= 1U << type;
		break;
	case VMASST_CMD_disable:
		d->vm_assist &= ~(1U << type);
		break;
	default:
		return trace_error(-XEN_ENOSYS);
	}
	d->mm.extended_cr3 = d->vm_assist & ASSIST(pae_extended_cr3);
	if (type == VMASST_TYPE_architectural_iopl)
		virtual_iopl_assist(d);
	return 0;
}

/* All of them at once, for a domain whose context comes from outside; unknown ones are left out. */
void vm_assist_set(struct domain *d, uint32_t assists)
{
	d->vm_assist = assists & ASSISTS_KNOWN & ~options.assists_off;
	d->mm.extended_cr3 = d->vm_assist & ASSIST(pae_extended_cr3);
	virtual_iopl_assist(d);
}
