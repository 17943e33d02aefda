/* SPDX-License-Identifier: MIT */
/*
 * Question: can a kernel from before interface version 0x00030202 talk the way it did: one number
 * for yield, block and shutdown without a structure, and one structure for command and argument of
 * the event-channel and device operations?
 *
 * Expected: the same answers as by the new calls, written into the same structure; what has no old
 * form is -ENOSYS, a structure that is not there -EFAULT. A level interrupt, for which such a kernel
 * knows no EOI, goes on once it has unmasked the port and said so (PHYSDEVOP_IRQ_UNMASK_NOTIFY).
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "mm.h"
#include "rtc.h"
#include "user.h"

#define NOWHERE 0x40000000u

USER_CODE(in71, "inb $0x71, %al; int $0x60");

static long evtchn(evtchn_op_t *op, uint32_t cmd)
{
	op->cmd = cmd;
	return ringone_call(__HYPERVISOR_event_channel_op_compat, (uint32_t)op, 0, 0, 0, 0);
}

static long physdev(struct physdev_op *op, uint32_t cmd)
{
	op->cmd = cmd;
	return ringone_call(__HYPERVISOR_physdev_op_compat, (uint32_t)op, 0, 0, 0, 0);
}

static long sched(uint32_t cmd)
{
	return ringone_call(__HYPERVISOR_sched_op_compat, cmd, 0, 0, 0, 0);
}

static void events(void)
{
	evtchn_op_t op = { .u.bind_virq = { .virq = VIRQ_DEBUG } };
	evtchn_port_t virq, ipi, first, second;

	EXPECT(evtchn(&op, EVTCHNOP_bind_virq), 0);
	virq = op.u.bind_virq.port;
	CHECK(virq > 0, "no port");
	op.u.status = (evtchn_status_t){ .dom = DOMID_SELF, .port = virq };
	EXPECT(evtchn(&op, EVTCHNOP_status), 0);
	EXPECT(op.u.status.status, EVTCHNSTAT_virq);
	EXPECT(op.u.status.u.virq, VIRQ_DEBUG);
	op.u.close.port = virq;
	EXPECT(evtchn(&op, EVTCHNOP_close), 0);
	EXPECT(evtchn(&op, EVTCHNOP_close), -XEN_EINVAL);

	/* Two ends of a channel to oneself. */
	op.u.alloc_unbound =
		(evtchn_alloc_unbound_t){ .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	EXPECT(evtchn(&op, EVTCHNOP_alloc_unbound), 0);
	first = op.u.alloc_unbound.port;
	op.u.bind_interdomain =
		(evtchn_bind_interdomain_t){ .remote_dom = DOMID_SELF, .remote_port = first };
	EXPECT(evtchn(&op, EVTCHNOP_bind_interdomain), 0);
	second = op.u.bind_interdomain.local_port;
	op.u.send.port = second;
	EXPECT(evtchn(&op, EVTCHNOP_send), 0);
	CHECK(port_pending(first), "nothing was sent");

	op.u.bind_ipi.vcpu = 0;
	EXPECT(evtchn(&op, EVTCHNOP_bind_ipi), 0);
	ipi = op.u.bind_ipi.port;
	op.u.send.port = ipi;
	EXPECT(evtchn(&op, EVTCHNOP_send), 0);
	events_on();
	op.u.unmask.port = ipi;
	EXPECT(evtchn(&op, EVTCHNOP_unmask), 0);
	EXPECT(event_count[ipi], 1);
	events_off();
	op.u.bind_vcpu = (evtchn_bind_vcpu_t){ .port = first, .vcpu = 0 };
	EXPECT(evtchn(&op, EVTCHNOP_bind_vcpu), 0);

	EXPECT(evtchn(&op, EVTCHNOP_reset), -XEN_ENOSYS);
	EXPECT(evtchn(&op, ~0u), -XEN_ENOSYS);
	EXPECT(ringone_call(__HYPERVISOR_event_channel_op_compat, NOWHERE, 0, 0, 0, 0),
	       -XEN_EFAULT);
}

/* block unmasks events and returns at once when one is there. */
static void scheduling(void)
{
	int port = bind_ipi();

	EXPECT(sched(SCHEDOP_yield), 0);
	port_unmask(port);
	events_off();
	port_send(port);
	EXPECT(sched(SCHEDOP_block), 0);
	EXPECT(event_count[port], 1);
	EXPECT(vcpu->evtchn_upcall_mask, 0);
	events_off();
	EXPECT(sched(SCHEDOP_poll), -XEN_ENOSYS);
	EXPECT(sched(77), -XEN_ENOSYS);
}

static void devices(void)
{
	struct physdev_op op = { .u.set_iopl = { .iopl = 3 } };

	EXPECT(physdev(&op, PHYSDEVOP_set_iopl), 0);
	EXPECT(user_run(&in71), USER_EXIT);
	op.u.set_iopl.iopl = 4;
	EXPECT(physdev(&op, PHYSDEVOP_set_iopl), -XEN_EINVAL);
	op.u.set_iopl.iopl = 1;
	EXPECT(physdev(&op, PHYSDEVOP_set_iopl), 0);
	EXPECT(user_run(&in71), GP);
	memset(&op, 0, sizeof(op));
	EXPECT(physdev(&op, PHYSDEVOP_set_iobitmap), 0);
	op.u.irq_op.irq = 20;
	EXPECT(physdev(&op, PHYSDEVOP_alloc_irq_vector), 0);
	EXPECT(op.u.irq_op.vector, 20);
	op.u.irq_status_query = (struct physdev_irq_status_query){ .irq = 20, .flags = 77 };
	EXPECT(physdev(&op, PHYSDEVOP_irq_status_query), 0);
	CHECK(op.u.irq_status_query.flags < 4, "%x", op.u.irq_status_query.flags);
	EXPECT(physdev(&op, 3), -XEN_ENOSYS);
	EXPECT(physdev(&op, ~0u), -XEN_ENOSYS);
	EXPECT(ringone_call(__HYPERVISOR_physdev_op_compat, NOWHERE, 0, 0, 0, 0), -XEN_EFAULT);
}

static void unmask_notify(void)
{
	struct physdev_setup_gsi setup = { .gsi = RTC_PIRQ, .triggering = 1 };
	struct physdev_op op;
	unsigned int n;
	int port;

	EXPECT(physdev(&op, PHYSDEVOP_IRQ_UNMASK_NOTIFY), 0);
	/* Xen has ended the line by itself before a slow machine gets here. */
	if (!on_ringone)
		return;
	EXPECT(ringone_physdev_op(PHYSDEVOP_setup_gsi, &setup), 0);
	rtc_stop();
	port = rtc_bind();
	CHECK(port > 0, "%d", port);
	rtc_start();
	events_on();
	port_unmask(port);
	CHECK(event_wait(port, 0, 3000), "no interrupt");
	for (int i = 0; i < 4; i++) {
		rtc_read(0x0c);
		/* With the port masked it is not this line that is meant. */
		port_mask(port);
		n = event_count[port];
		EXPECT(physdev(&op, PHYSDEVOP_IRQ_UNMASK_NOTIFY), 0);
		port_unmask(port);
		CHECK(!event_wait(port, n, 100), "a masked port's line was ended");
		EXPECT(physdev(&op, PHYSDEVOP_IRQ_UNMASK_NOTIFY), 0);
		CHECK(event_wait(port, n, 1000), "tick %d did not come", i);
	}
	events_off();
	rtc_stop();
}

void test_main(void)
{
	events();
	scheduling();
	if (!(start_info->flags & SIF_INITDOMAIN))
		return;
	devices();
	unmask_notify();
}
