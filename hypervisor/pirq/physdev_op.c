/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: its table, and the virtual I/O privilege level and the I/O bitmap
 * of a domain's processes.  What is about interrupts and devices is in
 * pirq/physdev.c.
 */
#include "internal.h"
#include "pirq.h"
#include "call/call.h"
#include "cpu/cpu.h"
#include "domain/domain.h"
#include "mm/mm.h"

#define MAX_PORTS 65536

int32_t physdev_set_iopl(struct subop_call *c, struct physdev_set_iopl *a)
{
	if (a->iopl > 3)
		return trace_error(-XEN_EINVAL);
	set_virtual_iopl(c->v, a->iopl);
	return 0;
}

/* The bitmap stays in the guest's memory and is read when a port is used. */
int32_t physdev_set_iobitmap(struct subop_call *c, struct physdev_set_iobitmap *a)
{
	gva_t map = GVA((uint32_t)a->bitmap.p);

	if (a->nr_ports > MAX_PORTS || !guest_range_ok(map, (a->nr_ports + 7) / 8))
		return trace_error(-XEN_EINVAL);
	c->v->cpu.iobitmap = map;
	c->v->cpu.iobitmap_ports = a->nr_ports;
	return 0;
}

static int32_t enter(struct subop_call *c, void *argument)
{
	spin_lock(&c->d->events.lock);
	return 0;
}

static void leave(struct subop_call *c)
{
	spin_unlock(&c->d->events.lock);
}

static const struct subop ops[] = {
#define OP(name, argument, way, privilege, summary) \
	SUBOP_ENTRY(PHYSDEVOP_##name, physdev_##name, argument, way, privilege),
#include "pirq/physdev_ops.def"
#undef OP
};

static const struct subop_table table = {
	.ops = ops,
	.nr_ops = ARRAY_SIZE(ops),
	.call = __HYPERVISOR_physdev_op,
	.enter = enter,
	.leave = leave,
};

int32_t do_physdev_op(uint32_t cmd, gva_t arg)
{
	return subop_run(&table, cmd, arg);
}

/* The old form; what came after PHYSDEVOP_free_irq_vector has none.  op: physdev_op. */
int32_t do_physdev_op_compat(gva_t op)
{
	return subop_perform_old_form(&table, op, PHYSDEVOP_free_irq_vector,
				      offsetof(struct physdev_op, u));
}
