/* SPDX-License-Identifier: MIT */
/*
 * Question: what does a port, VCPU or VIRQ number do that names nothing?
 *
 * Expected: an error from every operation, for numbers just behind the tables and for numbers
 * so large that a table index formed from them would leave the hypervisor's memory; a closed
 * port is as good as none. Nothing else changes: a good port still works afterwards.
 */
#include "guest.h"
#include "event.h"

static const uint32_t beyond[] = { 64,         1023,       1024,       4096,
				   0x00ffffff, 0x10000000, 0x3fffff80, 0x40000001,
				   0x7fffffff, 0x80000001, 0xffffff80, 0xffffffff };

#define REFUSED(cmd, ...)                                                        \
	do {                                                                     \
		long refused_rc = ringone_event_channel_op(cmd, &(__VA_ARGS__)); \
		CHECK(refused_rc < 0, #cmd " of 0x%x: %ld", n, refused_rc);      \
	} while (0)

static void bad_port(uint32_t n)
{
	REFUSED(EVTCHNOP_send, (struct evtchn_send){ .port = n });
	REFUSED(EVTCHNOP_close, (struct evtchn_close){ .port = n });
	/* The free ones among the first 64 are ports, too. */
	if (n >= 64)
		REFUSED(EVTCHNOP_unmask, (struct evtchn_unmask){ .port = n });
	REFUSED(EVTCHNOP_bind_vcpu, (struct evtchn_bind_vcpu){ .port = n });
	REFUSED(EVTCHNOP_bind_interdomain,
		(struct evtchn_bind_interdomain){ .remote_dom = DOMID_SELF, .remote_port = n });
}

void test_main(void)
{
	int port = bind_ipi(), closed = bind_ipi(), taken;

	CHECK(port > 0 && closed > 0, "%d %d", port, closed);
	for (unsigned int i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		uint32_t n = beyond[i];

		bad_port(n);
		REFUSED(EVTCHNOP_status, (struct evtchn_status){ .dom = DOMID_SELF, .port = n });
		REFUSED(EVTCHNOP_bind_virq, (struct evtchn_bind_virq){ .virq = n });
		REFUSED(EVTCHNOP_bind_virq,
			(struct evtchn_bind_virq){ .virq = VIRQ_DEBUG, .vcpu = n });
		REFUSED(EVTCHNOP_bind_ipi, (struct evtchn_bind_ipi){ .vcpu = n });
		REFUSED(EVTCHNOP_bind_vcpu, (struct evtchn_bind_vcpu){ .port = port, .vcpu = n });
	}
	bad_port(0);
	EXPECT(port_close(closed), 0);
	bad_port(closed);
	/* Just behind the table of VIRQs. */
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_virq,
					&(struct evtchn_bind_virq){ .virq = NR_VIRQS }),
	       -XEN_EINVAL);

	/* Connecting needs a port that waits, and waits for us. */
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain,
					&(struct evtchn_bind_interdomain){ .remote_dom = DOMID_SELF,
									   .remote_port = port }),
	       -XEN_EINVAL);
	struct evtchn_alloc_unbound other = { .dom = DOMID_SELF, .remote_dom = 77 };

	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &other), 0);
	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain,
					&(struct evtchn_bind_interdomain){ .remote_dom = DOMID_SELF,
									   .remote_port =
										   other.port }),
	       -XEN_EINVAL);

	/* A number that was closed and taken again starts clean. */
	port_mask(port);
	EXPECT(port_send(port), 0);
	CHECK(port_pending(port), "not pending");
	EXPECT(port_close(port), 0);
	taken = bind_ipi();
	EXPECT(taken, port < closed ? port : closed);
	CHECK(!port_pending(port), "port %d is pending although nobody sent", port);
	EXPECT(port_send(taken), 0);
	CHECK(port_pending(taken), "port %d does not work any more", taken);
}
