/* SPDX-License-Identifier: MIT */
/*
 * Question: can each virtual interrupt be bound as its kind allows, and moved?
 *
 * Expected: TIMER and DEBUG bind once per VCPU (-EEXIST the second time) and come back after close;
 * a number that does not exist is -EINVAL, a VCPU that does not exist -ENOENT; status tells
 * what a port is; bind_vcpu refuses per-VCPU interrupts and VCPUs that are not there, and
 * accepts an interdomain port; global ones bind on VCPU 0.
 */
#include "guest.h"
#include "event.h"

static long bind_vcpu(evtchn_port_t port, unsigned int vcpu_id)
{
	struct evtchn_bind_vcpu b = { .port = port, .vcpu = vcpu_id };

	return ringone_event_channel_op(EVTCHNOP_bind_vcpu, &b);
}

void test_main(void)
{
	struct evtchn_bind_virq far = { .virq = VIRQ_TIMER, .vcpu = 9 };
	struct evtchn_bind_ipi far_ipi = { .vcpu = 9 };
	struct evtchn_status st = { .dom = DOMID_SELF };
	int timer = bind_virq(VIRQ_TIMER), debug = bind_virq(VIRQ_DEBUG);

	CHECK(timer > 0 && debug > 0 && timer != debug, "%d %d", timer, debug);
	EXPECT(bind_virq(VIRQ_TIMER), -XEN_EEXIST);
	EXPECT(bind_virq(NR_VIRQS), -XEN_EINVAL);
	EXPECT(bind_virq(0x7fffffff), -XEN_EINVAL);
	EXPECT(bind_virq(0xffffffff), -XEN_EINVAL);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_virq, &far), -XEN_ENOENT);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_ipi, &far_ipi), -XEN_ENOENT);
	st.port = timer;
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_virq);
	EXPECT(st.u.virq, VIRQ_TIMER);
	EXPECT(st.vcpu, 0);
	EXPECT(port_close(timer), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), 0);
	EXPECT(st.status, EVTCHNSTAT_closed);
	timer = bind_virq(VIRQ_TIMER);
	CHECK(timer > 0, "%d", timer);
	CHECK(bind_vcpu(timer, 0) < 0, "a timer was moved");
	CHECK(port_send(timer) < 0, "a virtual interrupt was sent by hand");

	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	EXPECT(bind_vcpu(a.port, 0), 0);
	EXPECT(bind_vcpu(a.port, 9), -XEN_ENOENT);
	EXPECT(bind_vcpu(900, 0), -XEN_EINVAL);
	EXPECT(ringone_event_channel_op(1000, &a), -XEN_ENOSYS);
	st.port = 5000;
	EXPECT(ringone_event_channel_op(EVTCHNOP_status, &st), -XEN_EINVAL);
}
