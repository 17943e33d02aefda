/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: the virtual I/O privilege level and the I/O bitmap of a domain's
 * processes.  What is about interrupts and devices is in pirq/physdev.c.
 */
#include "internal.h"
#include "pirq.h"
#include "call/call.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "mm/mm.h"

#define MAX_PORTS 65536

static int32_t set_iopl(struct vcpu *v, gva_t arg)
{
	struct physdev_set_iopl op;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	if (op.iopl > 3)
		return trace_error(-XEN_EINVAL);
	set_virtual_iopl(v, op.iopl);
	return 0;
}

/* The bitmap stays in the guest's memory and is read when a port is used. */
static int32_t set_iobitmap(struct vcpu *v, gva_t arg)
{
	struct physdev_set_iobitmap op;
	gva_t map;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return trace_error(-XEN_EFAULT);
	map = GVA((uint32_t)op.bitmap.p);
	if (op.nr_ports > MAX_PORTS || !guest_range_ok(map, (op.nr_ports + 7) / 8))
		return trace_error(-XEN_EINVAL);
	v->cpu.iobitmap = map;
	v->cpu.iobitmap_ports = op.nr_ports;
	return 0;
}

int32_t do_physdev_op(uint32_t cmd, gva_t arg)
{
	struct vcpu *v = current;

	if (!subop_permitted(__HYPERVISOR_physdev_op, cmd))
		return trace_error(-XEN_EPERM);
	switch (cmd) {
	case PHYSDEVOP_set_iopl:
		return set_iopl(v, arg);
	case PHYSDEVOP_set_iobitmap:
		return set_iobitmap(v, arg);
	default:
		return physdev_interrupts(cmd, arg);
	}
}

/* The old form: command and argument in one structure.  op: physdev_op. */
int32_t do_physdev_op_compat(gva_t op)
{
	uint32_t cmd;

	if (copy_from_guest_raw(&cmd, op, sizeof(cmd)))
		return trace_error(-XEN_EFAULT);
	if (cmd > PHYSDEVOP_free_irq_vector) /* what came later has no old form */
		return trace_error(-XEN_ENOSYS);
	return do_physdev_op(cmd, gva_add(op, offsetof(struct physdev_op, u)));
}
